/** The data side's random numbers: xoshiro128** (Blackman and Vigna), small state, the same on every machine. */

export type RandomState = readonly [number, number, number, number];

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(state: RandomState) {
    [this.#a, this.#b, this.#c, this.#d] = state;
  }

  /** A generator of its own for each (seed, stream, part): streams of one seed have nothing to do with each other. */
  static seeded(seed: number, stream: number, part = 0): Random {
    let mixed = mix(mix(mix(seed | 0) ^ stream) ^ part);
    const word = () => {
      mixed = (mixed + 0x9e3779b9) | 0;
      return mix(mixed);
    };
    // xoshiro must not start from all zeros.
    return new Random([word(), word(), word(), word() | 1]);
  }

  /** 32 random bits. */
  next(): number {
    const product = Math.imul(this.#b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result;
  }

  /** Uniform in 0 .. n - 1, exactly: draws that would favour small numbers are drawn again. 31 bits keep it in ints. */
  below(n: number): number {
    const unfair = ((0x7fffffff % n) + 1) % n; // 2 ** 31 % n
    for (;;) {
      const draw = this.next() >>> 1;
      if (draw >= unfair) return draw % n;
    }
  }

  /** Fisher and Yates. */
  shuffle(items: Int32Array): Int32Array {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const item = items[i]!;
      items[i] = items[j]!;
      items[j] = item;
    }
    return items;
  }

  state(): RandomState {
    return [this.#a | 0, this.#b | 0, this.#c | 0, this.#d | 0];
  }
}

/** The seed asked for; below 0, or without one, any 31 bits that differ from run to run, as fit Caffe's random_seed. */
export function usedSeed(seed: number | undefined): number {
  return seed !== undefined && seed >= 0 ? seed : Number(process.hrtime.bigint() & 0x7fffffffn);
}

/** A 32-bit hash in which each bit of the input moves each bit of the result (the finaliser of MurmurHash3). */
function mix(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
