/** Which records make up the items of a batch: single records, or pairs (and larger groups) of like and unlike ones. */
import type { LabelIndex } from './label-index.js';
import { Random, type RandomState } from './random.js';
import { type OrderState, RecordOrder } from './record-order.js';

export interface SamplerOptions {
  records: number;
  imagesPerItem: number;
  /** Partners alternate: one of the same label, one of another. Needs `index`. */
  balanced: boolean;
  /** First images in random order, each record once an epoch; else in key order. */
  random: boolean;
  /** Records to pass over at the start, in key order. */
  skip: number;
  seed: number;
  /** Wanted for items of several images. */
  index?: LabelIndex | undefined;
}

export interface SamplerState {
  order: OrderState;
  /** Whether the next partner is to have the same label; goes on over batches, so that odd ones do not drift. */
  same: boolean;
  partners: RandomState;
}

/** Streams of the seed, one for each use of random numbers, so that one does not disturb another. */
export const STREAM = { order: 1, partners: 2, crops: 3, skip: 4 } as const;

export class Sampler {
  readonly #options: SamplerOptions;
  readonly #order: RecordOrder;
  #partners: Random;
  #same = true;

  constructor(options: SamplerOptions) {
    this.#options = options;
    const { records, random, seed, skip } = options;
    this.#order = new RecordOrder(records, random ? { seed, stream: STREAM.order } : { skip });
    this.#partners = Random.seeded(seed, STREAM.partners);
  }

  /** Fills `out` with whole items: the images of the first, then those of the second, ... */
  fill(out: Int32Array): void {
    const { imagesPerItem } = this.#options;
    for (let at = 0; at < out.length; at += imagesPerItem) {
      const first = this.#order.next();
      out[at] = first;
      for (let i = 1; i < imagesPerItem; i++) out[at + i] = this.#partner(first);
    }
  }

  state(): SamplerState {
    return { order: this.#order.state(), same: this.#same, partners: this.#partners.state() };
  }

  restore(state: SamplerState): void {
    this.#order.restore(state.order);
    this.#same = state.same;
    this.#partners = new Random(state.partners);
  }

  #partner(first: number): number {
    const { balanced, random, index } = this.#options;
    if (balanced) {
      const same = this.#same;
      this.#same = !same;
      return same ? index!.same(first, this.#partners) : index!.different(first, this.#partners);
    }
    // In key order and not balanced, pair i is of records 2i and 2i + 1.
    return random ? index!.other(first, this.#partners) : this.#order.next();
  }
}
