/** In which order records come: by key as in Caffe, or at random, each once before any comes again. */
import { Random } from './random.js';

/** Rounds begun so far, and records given out of this one. */
export interface OrderState {
  epoch: number;
  position: number;
  /** Of a random order. */
  seed?: number;
}

export class RecordOrder {
  readonly #count: number;
  readonly #stream: number;
  readonly #files: readonly number[] | undefined;
  #seed: number | undefined;
  #epoch = 0;
  #position: number;
  /** This epoch's permutation; made from seed and epoch, so that a snapshot need not hold it. */
  #permutation: Int32Array | undefined;
  #permutationOf: { seed: number; epoch: number } | undefined;

  /**
   * `seed` and `stream`: for a random order; without them it is sequential. Either begins at place `skip`. `files`: how many
   * records each has; then files are shuffled, and records within each, so that a file is read once an epoch.
   */
  constructor(
    count: number,
    options: { skip?: number; seed?: number; stream?: number; files?: readonly number[] | undefined },
  ) {
    this.#count = count;
    this.#seed = options.seed;
    this.#stream = options.stream ?? 0;
    this.#files = options.files;
    this.#position = (options.skip ?? 0) % count;
  }

  next(): number {
    if (this.#position === this.#count) {
      this.#position = 0;
      this.#epoch++;
    }
    const at = this.#position++;
    return this.#seed === undefined ? at : this.#shuffled(this.#seed)[at]!;
  }

  state(): OrderState {
    const place = { epoch: this.#epoch, position: this.#position };
    return this.#seed === undefined ? place : { ...place, seed: this.#seed };
  }

  restore(state: OrderState): void {
    this.#epoch = state.epoch;
    this.#position = state.position;
    if (this.#seed !== undefined) this.#seed = state.seed ?? this.#seed;
  }

  #shuffled(seed: number): Int32Array {
    const made = this.#permutationOf;
    if (!this.#permutation || made?.seed !== seed || made.epoch !== this.#epoch) {
      const random = Random.seeded(seed, this.#stream, this.#epoch);
      this.#permutation = this.#files ? shuffledFiles(this.#files, random) : random.shuffle(numbers(0, this.#count));
      this.#permutationOf = { seed, epoch: this.#epoch };
    }
    return this.#permutation;
  }
}

function shuffledFiles(files: readonly number[], random: Random): Int32Array {
  let total = 0;
  const starts = files.map((size) => {
    total += size;
    return total - size;
  });
  const order = new Int32Array(total);
  let at = 0;
  for (const file of random.shuffle(numbers(0, files.length))) {
    order.set(random.shuffle(numbers(starts[file]!, files[file]!)), at);
    at += files[file]!;
  }
  return order;
}

function numbers(from: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => from + i);
}
