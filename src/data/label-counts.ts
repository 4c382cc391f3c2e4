/** Label query statistics: how often records of each label were trained on, and in which part. */
import type { LabelStatistics } from './feed.js';
import type { LabelIndex } from './label-index.js';

/** Per label, in the index's order. */
export interface LabelCountsState {
  primary: number[];
  same: number[];
  different: number[];
}

export class LabelCounts {
  readonly #index: LabelIndex;
  readonly #classOfLabel: Map<number, number>;
  #counts: LabelCountsState;

  constructor(index: LabelIndex) {
    this.#index = index;
    this.#classOfLabel = new Map(index.labels.map((label, k) => [label, k]));
    const zeros = () => index.labels.map(() => 0);
    this.#counts = { primary: zeros(), same: zeros(), different: zeros() };
  }

  /** Counts whole items: the first image of each as primary, the others by whether they have its label. */
  count(records: Int32Array, labelOf: (record: number) => number, imagesPerItem: number): void {
    for (let at = 0; at < records.length; at += imagesPerItem) {
      const first = this.#classOfLabel.get(labelOf(records[at]!))!;
      this.#counts.primary[first]!++;
      for (let i = 1; i < imagesPerItem; i++) {
        const k = this.#classOfLabel.get(labelOf(records[at + i]!))!;
        (k === first ? this.#counts.same : this.#counts.different)[k]!++;
      }
    }
  }

  statistics(): LabelStatistics {
    const { primary, same, different } = this.#counts;
    const used = this.#index.labels.map((_, k) => primary[k]! + same[k]! + different[k]!);
    const total = used.reduce((sum, n) => sum + n, 0);
    return {
      labels: this.#index.labels.map((label, k) => ({
        label,
        records: this.#index.size(k),
        primary: primary[k]!,
        same: same[k]!,
        different: different[k]!,
        percent: total === 0 ? 0 : (100 * used[k]!) / total,
        epoch: used[k]! / this.#index.size(k),
      })),
    };
  }

  state(): LabelCountsState {
    const { primary, same, different } = this.#counts;
    return { primary: [...primary], same: [...same], different: [...different] };
  }

  restore(state: LabelCountsState): void {
    this.#counts = { primary: [...state.primary], same: [...state.same], different: [...state.different] };
  }
}
