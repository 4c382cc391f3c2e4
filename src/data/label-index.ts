/** Records sorted by label: draws "another of this label" and "one of any other label" in constant time, exactly. */
import type { Random } from './random.js';

export class LabelIndex {
  /** Distinct labels, ascending. */
  readonly labels: readonly number[];
  /** Records of labels[k] are sorted[starts[k]] .. sorted[starts[k + 1] - 1]. */
  readonly #starts: Int32Array;
  readonly #sorted: Int32Array;
  /** Where each record stands in #sorted, and which label (index into `labels`) it has. */
  readonly #place: Int32Array;
  readonly #class: Int32Array;

  constructor(labels: Float32Array) {
    const counts = new Map<number, number>();
    for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
    this.labels = [...counts.keys()].sort((a, b) => a - b);
    this.#starts = new Int32Array(this.labels.length + 1);
    const classOf = new Map(this.labels.map((label, k) => [label, k]));
    this.labels.forEach((label, k) => {
      this.#starts[k + 1] = this.#starts[k]! + counts.get(label)!;
    });
    const next = this.#starts.slice();
    this.#sorted = new Int32Array(labels.length);
    this.#place = new Int32Array(labels.length);
    this.#class = new Int32Array(labels.length);
    labels.forEach((label, record) => {
      const k = classOf.get(label)!;
      const place = next[k]!++;
      this.#class[record] = k;
      this.#place[record] = place;
      this.#sorted[place] = record;
    });
  }

  get records(): number {
    return this.#sorted.length;
  }

  /** Which of `labels` the record has. */
  classOf(record: number): number {
    return this.#class[record]!;
  }

  /** Records with labels[k]. */
  size(k: number): number {
    return this.#starts[k + 1]! - this.#starts[k]!;
  }

  /** Uniform among the other records of the same label; the record itself when it is the only one. */
  same(record: number, random: Random): number {
    const k = this.#class[record]!;
    const others = this.size(k) - 1;
    if (others === 0) return record;
    const place = this.#starts[k]! + random.below(others);
    return this.#sorted[place < this.#place[record]! ? place : place + 1]!;
  }

  /** Uniform among the records of all other labels; with one label only, as `same`. */
  different(record: number, random: Random): number {
    const k = this.#class[record]!;
    const others = this.records - this.size(k);
    if (others === 0) return this.same(record, random);
    const place = random.below(others);
    return this.#sorted[place < this.#starts[k]! ? place : place + this.size(k)]!;
  }

  /** Uniform among the records with labels[k]. */
  any(k: number, random: Random): number {
    return this.#sorted[this.#starts[k]! + random.below(this.size(k))]!;
  }

  /** Uniform among all other records, whatever their label. */
  other(record: number, random: Random): number {
    if (this.records === 1) return record;
    const other = random.below(this.records - 1);
    return other < record ? other : other + 1;
  }
}
