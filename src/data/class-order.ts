/** In which order records come when each class is to have its share: some classes at a time, some images of each. */
import { GroupOrder } from './group-order.js';
import type { LabelIndex } from './label-index.js';
import { Random, type RandomState } from './random.js';
import { type OrderState, RecordOrder } from './record-order.js';

export interface ClassOrderOptions {
  index: LabelIndex;
  /** A group: so many different classes, and of each so many images, different ones where the class has enough. */
  classes: number;
  imagesPerClass: number;
  /** So many of the classes of a batch come from one of these groups, so many from another, ...; without it from all. */
  of?: { groups: readonly (readonly number[])[]; together: number } | undefined;
  seed: number;
  stream: number;
  imageStream: number;
}

/** Of a whole group; the classes stand where records do in a RecordOrder. */
export interface ClassOrderState extends OrderState {
  images: RandomState;
}

export class ClassOrder {
  readonly #options: ClassOrderOptions;
  readonly #classes: RecordOrder | GroupOrder;
  #images: Random;
  #group: number[] = [];

  constructor(options: ClassOrderOptions) {
    const { index, classes, of, seed, stream, imageStream } = options;
    this.#options = options;
    this.#classes = of
      ? new GroupOrder({ ...of, batch: classes, seed, stream })
      : new RecordOrder(index.labels.length, { seed, stream });
    this.#images = Random.seeded(seed, imageStream);
  }

  /** Images of one class come one after another. */
  next(): number {
    if (this.#group.length === 0) this.#group = this.#draw().reverse();
    return this.#group.pop()!;
  }

  state(): ClassOrderState {
    return { ...this.#classes.state(), images: this.#images.state() };
  }

  restore(state: ClassOrderState): void {
    this.#classes.restore(state);
    this.#images = new Random(state.images);
    this.#group = [];
  }

  #draw(): number[] {
    const { classes, imagesPerClass, index } = this.#options;
    const chosen = new Set<number>();
    // Each class once a round; where a round ends within a group, a class that is in the group already sits out.
    while (chosen.size < classes) chosen.add(this.#classes.next());
    return [...chosen].flatMap((k) => {
      const records = new Set<number>();
      const enough = index.size(k) >= imagesPerClass;
      const group: number[] = [];
      while (group.length < imagesPerClass) {
        const record = index.any(k, this.#images);
        if (enough && records.has(record)) continue;
        records.add(record);
        group.push(record);
      }
      return group;
    });
  }
}
