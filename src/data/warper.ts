/** How each image is turned, shifted, stretched and slanted while training: affine maps for the engine, seeded, resumable. */
import type { Crops } from '../engine/native.js';
import type { AffineParameter } from '../proto/messages.js';
import type { Filled } from '../proto/schema.js';
import { Random, type RandomState } from './random.js';

export interface WarperOptions {
  height: number;
  width: number;
  /** 0: the whole image. */
  cropSize: number;
  /** Undefined: turns by quarters only. */
  affine: Filled<AffineParameter> | undefined;
}

type Matrix = readonly [xx: number, xy: number, yx: number, yy: number];

/** Turns by 0, 90, 180, 270 degrees, clockwise as seen (y points down). */
const QUARTERS: readonly Matrix[] = [
  [1, 0, 0, 1],
  [0, -1, 1, 0],
  [-1, 0, 0, -1],
  [0, 1, -1, 0],
];

export class Warper {
  readonly #options: WarperOptions;
  #random: Random;

  constructor(options: WarperOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /**
   * Six numbers for each image, as FeedChunk.warps has them: from a pixel of the crop, mirrored where `crops` says so, to
   * the record's. `turns`: quarter turns of each image, beside the random part.
   */
  draw(images: number, crops: Crops | undefined, turns: Int32Array | undefined): Float32Array {
    const { height, width, cropSize } = this.#options;
    const [h, w] = [cropSize || height, cropSize || width];
    const out = new Float32Array(6 * images);
    for (let i = 0; i < images; i++) {
      const top = crops ? crops[3 * i]! : (height - h) >> 1;
      const left = crops ? crops[3 * i + 1]! : (width - w) >> 1;
      const mirror = crops?.[3 * i + 2] ? -1 : 1;
      const { matrix, shift } = this.#part();
      // The picture is turned, then warped, then moved; where a pixel comes from is the inverse of it.
      const [a, b, d, e] = inverse(times(matrix, QUARTERS[turns?.[i] ?? 0]!));
      const [x, y] = [(w - 1) / 2, (h - 1) / 2];
      const [fromX, fromY] = [-mirror * x - shift[0], -y - shift[1]];
      out[6 * i] = a * mirror;
      out[6 * i + 1] = b;
      out[6 * i + 2] = left + x + a * fromX + b * fromY;
      out[6 * i + 3] = d * mirror;
      out[6 * i + 4] = e;
      out[6 * i + 5] = top + y + d * fromX + e * fromY;
    }
    return out;
  }

  state(): RandomState {
    return this.#random.state();
  }

  restore(state: RandomState): void {
    this.#random = new Random(state);
  }

  /** One random map; as many draws whatever the options, so that one option does not move another's numbers. */
  #part(): { matrix: Matrix; shift: readonly [number, number] } {
    const { affine } = this.#options;
    if (!affine) return { matrix: QUARTERS[0]!, shift: [0, 0] };
    const { rotation, translation, scale, shear, probability } = affine;
    const draw = (most: number) => {
      const [chance, value] = [this.#uniform(), 2 * this.#uniform() - 1];
      return chance < probability ? most * value : 0;
    };
    const angle = (draw(rotation) * Math.PI) / 180;
    const [sx, sy] = [1 + draw(scale), 1 + draw(scale)];
    const [px, py] = [draw(shear), draw(shear)];
    const shift = [draw(translation), draw(translation)] as const;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    return { matrix: times([cos, -sin, sin, cos], times([1, px, py, 1], [sx, 0, 0, sy])), shift };
  }

  #uniform(): number {
    return this.#random.next() / 2 ** 32;
  }
}

function times([a, b, c, d]: Matrix, [e, f, g, h]: Matrix): Matrix {
  return [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h];
}

function inverse([a, b, c, d]: Matrix): Matrix {
  const determinant = a * d - b * c;
  return [d / determinant, -b / determinant, -c / determinant, a / determinant];
}
