/** How each image is turned, shifted, stretched, slanted and bent while training: maps for the engine, seeded, resumable. */
import { AFFINE_WARP, BENT_WARP, type Crops } from '../engine/native.js';
import type { AffineParameter } from '../proto/messages.js';
import type { Filled } from '../proto/schema.js';
import { Random, type RandomState } from './random.js';
import { MIRRORED } from './turned-classes.js';

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

const MIRROR: Matrix = [-1, 0, 0, 1];
/** Stream of bends. */
const BENDS = 0xbe4d;

export class Warper {
  readonly #options: WarperOptions;
  #random: Random;

  constructor(options: WarperOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** Numbers of each image: of an affine map, and of bends where there may be any. */
  get size(): number {
    return this.#options.affine?.elastic ? BENT_WARP : AFFINE_WARP;
  }

  /**
   * `size` numbers for each image, as FeedChunk.warps has them: from a pixel of the crop, mirrored where `crops` says so, to
   * the record's. `turns`: of each image, beside the random part, as in ClassViews.
   */
  draw(images: number, crops: Crops | undefined, turns: Int32Array | undefined): Float32Array {
    const { height, width, cropSize } = this.#options;
    const [h, w] = [cropSize || height, cropSize || width];
    const { size } = this;
    const out = new Float32Array(size * images);
    for (let i = 0; i < images; i++) {
      const map = out.subarray(size * i, size * (i + 1));
      if (size === BENT_WARP) this.#bend(map.subarray(AFFINE_WARP));
      const top = crops ? crops[3 * i]! : (height - h) >> 1;
      const left = crops ? crops[3 * i + 1]! : (width - w) >> 1;
      const mirror = crops?.[3 * i + 2] ? -1 : 1;
      const { matrix, shift } = this.#part();
      // The picture is turned, then warped, then moved; where a pixel comes from is the inverse of it.
      const [a, b, d, e] = inverse(times(matrix, turned(turns?.[i] ?? 0)));
      const [x, y] = [(w - 1) / 2, (h - 1) / 2];
      const [fromX, fromY] = [-mirror * x - shift[0], -y - shift[1]];
      map[0] = a * mirror;
      map[1] = b;
      map[2] = left + x + a * fromX + b * fromY;
      map[3] = d * mirror;
      map[4] = e;
      map[5] = top + y + d * fromX + e * fromY;
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

  /** From a generator that this one's state seeds, so that no other number is moved. */
  #bend(points: Float32Array): void {
    const { elastic, probability } = this.#options.affine!;
    const random = Random.seeded(this.#random.state()[0], BENDS);
    if (random.next() / 2 ** 32 >= probability) return;
    for (let i = 0; i < points.length; i++) points[i] = elastic * (random.next() / 2 ** 31 - 1);
  }

  #uniform(): number {
    return this.#random.next() / 2 ** 32;
  }
}

function turned(turn: number): Matrix {
  const quarters = QUARTERS[turn % MIRRORED]!;
  return turn < MIRRORED ? quarters : times(quarters, MIRROR);
}

function times([a, b, c, d]: Matrix, [e, f, g, h]: Matrix): Matrix {
  return [a * e + b * g, a * f + b * h, c * e + d * g, c * f + d * h];
}

function inverse([a, b, c, d]: Matrix): Matrix {
  const determinant = a * d - b * c;
  return [d / determinant, -b / determinant, -c / determinant, a / determinant];
}
