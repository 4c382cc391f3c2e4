/** In which order classes come when several of one group are to meet in a batch, as the characters of an alphabet do. */
import { Random } from './random.js';
import type { OrderState } from './record-order.js';

export interface GroupOrderOptions {
  /** The classes of each group, by number. */
  groups: readonly (readonly number[])[];
  /** Classes of one group that come one after another. */
  together: number;
  /** Classes of a batch, a multiple of `together`: none comes twice in one. */
  batch: number;
  seed: number;
  stream: number;
}

/**
 * Each round shuffles every group, cuts it into pieces of `together` classes, and gives the pieces out in random order, so
 * many as make whole batches. What does not fill a piece or a batch sits out, others each round.
 */
export class GroupOrder {
  readonly #options: GroupOrderOptions;
  readonly #length: number;
  #seed: number;
  #epoch = 0;
  #position = 0;
  /** This epoch's classes; made from seed and epoch, so that a snapshot need not hold them. */
  #round: number[] = [];
  #roundOf: { seed: number; epoch: number } | undefined;

  constructor(options: GroupOrderOptions) {
    this.#options = options;
    this.#seed = options.seed;
    this.#length = roundLength(options);
    if (this.#length === 0) throw new RangeError('the groups have too few classes for a batch');
  }

  next(): number {
    if (this.#position === this.#length) {
      this.#position = 0;
      this.#epoch++;
    }
    return this.#classes()[this.#position++]!;
  }

  state(): OrderState {
    return { epoch: this.#epoch, position: this.#position, seed: this.#seed };
  }

  restore({ epoch, position, seed }: OrderState): void {
    this.#epoch = epoch;
    this.#position = position;
    this.#seed = seed ?? this.#seed;
  }

  #classes(): readonly number[] {
    const made = this.#roundOf;
    if (made?.seed !== this.#seed || made.epoch !== this.#epoch) {
      this.#round = this.#shuffled(Random.seeded(this.#seed, this.#options.stream, this.#epoch));
      this.#roundOf = { seed: this.#seed, epoch: this.#epoch };
    }
    return this.#round;
  }

  #shuffled(random: Random): number[] {
    const { groups, together } = this.#options;
    const pieces = groups.flatMap((group) => {
      const classes = random.shuffle(Int32Array.from(group));
      const whole = Math.floor(classes.length / together);
      return Array.from({ length: whole }, (_, i) => classes.subarray(i * together, (i + 1) * together));
    });
    const order = random.shuffle(Int32Array.from(pieces, (_, i) => i));
    return [...order].flatMap((i) => [...pieces[i]!]).slice(0, this.#length);
  }
}

/** Classes of one round; 0 where the groups have too few for a batch. */
export function roundLength({ groups, together, batch }: Omit<GroupOrderOptions, 'seed' | 'stream'>): number {
  const whole = groups.reduce((sum, { length }) => sum + Math.floor(length / together), 0);
  return Math.floor((whole * together) / batch) * batch;
}
