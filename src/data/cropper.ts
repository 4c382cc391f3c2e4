/** Where each image is cropped and whether it is mirrored: Caffe's DataTransformer, its draws seeded and resumable. */
import type { Crops } from '../engine/native.js';
import { Random, type RandomState } from './random.js';

export interface CropperOptions {
  height: number;
  width: number;
  /** 0: the whole image. */
  cropSize: number;
  mirror: boolean;
  /** Crop at random (phase TRAIN) or in the middle. */
  randomCrop: boolean;
  /** The images have sizes of their own, and come cropped: what is drawn is the place of the crop as a share of the room. */
  ownSizes?: boolean;
}

export class Cropper {
  readonly #options: CropperOptions;
  #random: Random;

  constructor(options: CropperOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** One triple (top, left, mirror) for each of `images`; undefined when all are plain, as is the engine's default. */
  draw(images: number): Crops | undefined {
    const { height, width, cropSize, mirror, randomCrop } = this.#options;
    const room = cropSize > 0 ? [height - cropSize, width - cropSize] : [0, 0];
    const crops = randomCrop && cropSize > 0;
    // As in Caffe, `mirror` holds in either phase: who sets it for TEST wants it there.
    if (!crops && !mirror) return undefined;
    const out = new Int32Array(3 * images);
    for (let at = 0; at < out.length; at += 3) {
      for (let axis = 0; axis < 2; axis++) {
        out[at + axis] = crops ? this.#random.below(room[axis]! + 1) : room[axis]! >> 1;
      }
      if (mirror) out[at + 2] = this.#random.below(2);
    }
    return out;
  }

  /** Of each image two shares, from the top and from the left, where images come cropped at random; else undefined. */
  drawPlaces(images: number): Float64Array | undefined {
    const { ownSizes, randomCrop } = this.#options;
    if (!ownSizes || !randomCrop) return undefined;
    return Float64Array.from({ length: 2 * images }, () => this.#random.next() / 2 ** 32);
  }

  state(): RandomState {
    return this.#random.state();
  }

  restore(state: RandomState): void {
    this.#random = new Random(state);
  }
}
