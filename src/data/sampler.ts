/** Which records make up the items of a batch: single records, or pairs (and larger groups) of like and unlike ones. */
import { ClassOrder, type ClassOrderOptions, type ClassOrderState } from './class-order.js';
import type { LabelIndex } from './label-index.js';
import { Random, type RandomState } from './random.js';
import { type OrderState, RecordOrder } from './record-order.js';

export interface SamplerOptions {
  records: number;
  imagesPerItem: number;
  /** Partners alternate: one of the same label, one of another. Needs `index`. */
  balanced: boolean;
  /** Balanced: share of partners of the same label; 0.5 unless given. */
  positiveRatio?: number;
  /** First images in groups of so many classes and images of each. Needs `index`. */
  groups?: Pick<ClassOrderOptions, 'classes' | 'imagesPerClass' | 'of'> | undefined;
  /** First images in random order, each record once an epoch; else in key order. */
  random: boolean;
  /** How many records each file has: in a random order those of one stay together. */
  files?: readonly number[] | undefined;
  /** Records to pass over at the start. */
  skip: number;
  seed: number;
  /** Wanted for items of several images. */
  index?: LabelIndex | undefined;
}

export interface SamplerState {
  order: OrderState | ClassOrderState;
  /** Whether the next partner is to have the same label; goes on over batches, so that odd ones do not drift. */
  same: boolean;
  /** Of a positiveRatio other than 0.5: partners given out. */
  pairs?: number;
  partners: RandomState;
}

/** Streams of the seed, one for each use of random numbers, so that one does not disturb another. */
export const STREAM = { order: 1, partners: 2, crops: 3, skip: 4, warps: 5, images: 6 } as const;

/** Draws the records of batches; what it will draw next is its state. */
export interface RecordSampler {
  /** Of one round: records, or classes; 0 where there are no rounds. */
  readonly positions: number;
  fill(out: Int32Array): void;
  state(): SamplerState;
  restore(state: SamplerState): void;
}

export class Sampler implements RecordSampler {
  readonly #options: SamplerOptions;
  readonly #order: RecordOrder | ClassOrder;
  #partners: Random;
  #same = true;
  #pairs = 0;

  constructor(options: SamplerOptions) {
    this.#options = options;
    const { records, random, seed, skip, groups, index, files } = options;
    const streams = { seed, stream: STREAM.order, imageStream: STREAM.images };
    if (groups) this.#order = new ClassOrder({ index: index!, ...groups, ...streams });
    else this.#order = new RecordOrder(records, { skip, ...(random && { seed, stream: STREAM.order, files }) });
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

  /** Of one round: records, or classes. */
  get positions(): number {
    const { groups, index, records } = this.#options;
    return groups ? index!.labels.length : records;
  }

  state(): SamplerState {
    const pairs = this.#pairs > 0 ? { pairs: this.#pairs } : {};
    return { order: this.#order.state(), same: this.#same, ...pairs, partners: this.#partners.state() };
  }

  restore(state: SamplerState): void {
    this.#order.restore(state.order as ClassOrderState);
    this.#same = state.same;
    this.#pairs = state.pairs ?? 0;
    this.#partners = new Random(state.partners);
  }

  #partner(first: number): number {
    const { balanced, random, index } = this.#options;
    if (balanced) {
      const same = this.#nextSame();
      return same ? index!.same(first, this.#partners) : index!.different(first, this.#partners);
    }
    // In key order and not balanced, pair i is of records 2i and 2i + 1.
    return random ? index!.other(first, this.#partners) : this.#order.next();
  }

  /** By turns; for another share than half, whenever the share of the pairs so far has fallen below it. */
  #nextSame(): boolean {
    const { positiveRatio: ratio = 0.5 } = this.#options;
    const same = this.#same;
    if (ratio === 0.5) {
      this.#same = !same;
      return same;
    }
    const before = this.#pairs++;
    return Math.ceil(this.#pairs * ratio) > Math.ceil(before * ratio);
  }
}
