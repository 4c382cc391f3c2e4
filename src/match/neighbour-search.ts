/** Nearest classes by the mean distance to the k nearest members of each (of all members, where it has fewer). */
import { native } from '../engine/native.js';
import type { Gallery } from './centroids.js';
import type { ClassColumns } from './class-columns.js';
import { BLOCK, type ClassSearch, countOf, type FoundClasses, nothingYet } from './class-search.js';
import { thresholds } from './thresholds.js';

/** Floats of neighbours that are kept at once: 4 MB. */
const MOST_LEAST = 1 << 20;

/** Members in memory, of the classes before the enrolled ones: class of each by number, -1 for none. */
interface Members {
  encodings: Float32Array;
  owners: Int32Array;
}

/** Classes with their exemplars; `shared`: those whose members count for a class before them. */
interface Enrolled {
  part: ClassColumns;
  first: number;
  shared: ReadonlyMap<number, number>;
}

export class NeighbourSearch implements ClassSearch {
  private readonly trained: Members = { encodings: new Float32Array(0), owners: new Int32Array(0) };
  private readonly trainedLabels: Int32Array;
  private readonly enrolled: Enrolled[] = [];

  constructor(
    private readonly parts: readonly ClassColumns[],
    gallery: Gallery | undefined,
    private readonly dimension: number,
    private readonly k: number,
  ) {
    // Members belong to the first class of their label.
    const indexOf = new Map<number, number>();
    const labels: number[] = [];
    for (const part of parts) {
      if (part.exemplars) continue;
      for (const label of part.labels.all()) {
        if (!indexOf.has(label)) indexOf.set(label, labels.length);
        labels.push(label);
      }
    }
    this.trainedLabels = Int32Array.from(labels);
    if (gallery) {
      const owners = Int32Array.from(gallery.labels, (label) => indexOf.get(label) ?? -1);
      this.trained = { encodings: gallery.encodings, owners };
    }
    let first = 0;
    for (const part of parts) {
      if (part.exemplars) this.enrolled.push({ part, first, shared: sharedLabels(part, indexOf) });
      first += part.count;
    }
  }

  get empty(): boolean {
    return this.trained.owners.length === 0 && this.enrolled.length === 0;
  }

  nearest(encodings: Float32Array): FoundClasses {
    const { dimension, trainedLabels } = this;
    const rows = encodings.length / dimension;
    const { distances, indices, labels } = nothingYet(rows);
    if (trainedLabels.length > 0) {
      native().leastTwo(this.toTrained(encodings), trainedLabels, 0, distances, indices, labels);
    }
    for (const { part, first, shared } of this.enrolled) {
      this.eachPiece(encodings, part, shared, (from, means) => {
        const own = part.labels.read(from, from + means.length / rows);
        native().leastTwo(means, own, first + from, distances, indices, labels);
      });
    }
    return { indices, distances };
  }

  all(encodings: Float32Array): Float32Array {
    const rows = encodings.length / this.dimension;
    const width = countOf(this.parts);
    const out = new Float32Array(rows * width).fill(Number.POSITIVE_INFINITY);
    const put = (first: number, means: Float32Array) => {
      const n = means.length / rows;
      for (let row = 0; row < rows; row++) out.set(means.subarray(row * n, (row + 1) * n), row * width + first);
    };
    if (this.trainedLabels.length > 0) put(0, this.toTrained(encodings));
    for (const { part, first, shared } of this.enrolled) {
      this.eachPiece(encodings, part, shared, (from, means) => put(first + from, means));
    }
    return out;
  }

  /**
   * A threshold of each trained class: of the distances of its members to the others of its class, the quantile that centroids
   * have theirs by. Infinity for a class without two members.
   */
  thresholds(quantile: number): number[] {
    const { dimension, k } = this;
    const { encodings, owners } = this.trained;
    const classes = this.trainedLabels.length;
    const own: number[][] = Array.from({ length: classes }, () => []);
    const step = Math.max(1, Math.floor(MOST_LEAST / (classes * (k + 1))));
    for (let from = 0; from < owners.length; from += step) {
      const n = Math.min(step, owners.length - from);
      const least = new Float32Array(n * classes * (k + 1)).fill(Number.POSITIVE_INFINITY);
      const some = encodings.subarray(from * dimension, (from + n) * dimension);
      native().classNeighbours(some, encodings, owners, dimension, k + 1, least);
      const others = new Float32Array(n * k);
      for (let row = 0; row < n; row++) {
        // The first is the member itself, at no distance.
        const at = (row * classes + Math.max(0, owners[from + row]!)) * (k + 1) + 1;
        others.set(least.subarray(at, at + k), row * k);
      }
      const means = meansOf(others, k);
      for (let row = 0; row < n; row++) {
        const owner = owners[from + row]!;
        if (owner >= 0 && means[row]! < Number.POSITIVE_INFINITY) own[owner]!.push(means[row]!);
      }
    }
    const distances = own.map((values) => Float32Array.from(values));
    return thresholds(distances, quantile).map((limit) => (Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit));
  }

  /** Distances to the trained classes; exemplars of enrolled ones with their labels are members too. */
  private toTrained(encodings: Float32Array): Float32Array {
    const { dimension, k } = this;
    const { encodings: members, owners } = this.trained;
    const rows = encodings.length / dimension;
    const least = new Float32Array(rows * this.trainedLabels.length * k).fill(Number.POSITIVE_INFINITY);
    native().classNeighbours(encodings, members, owners, dimension, k, least);
    for (const { part, shared } of this.enrolled) {
      for (const [i, from, count] of placesOf(part, shared)) {
        const some = part.exemplars!.encodings.read(from * dimension, (from + count) * dimension);
        native().classNeighbours(encodings, some, new Int32Array(count).fill(shared.get(i)!), dimension, k, least);
      }
    }
    return meansOf(least, k);
  }

  /** visit(from, distances to the classes from `from` on, row by row) for as many classes at a time as fit. */
  private eachPiece(
    encodings: Float32Array,
    { count, exemplars }: ClassColumns,
    shared: ReadonlyMap<number, number>,
    visit: (from: number, means: Float32Array) => void,
  ): void {
    const { dimension, k } = this;
    const rows = encodings.length / dimension;
    const most = Math.max(1, Math.floor(MOST_LEAST / (rows * k)));
    const members = Math.max(1, Math.floor(BLOCK / dimension));
    let row = 0;
    for (let from = 0; from < count; ) {
      const counts = exemplars!.counts.read(from, Math.min(count, from + Math.min(most, members)));
      const n = fitting(counts, members);
      const total = sumOf(counts, n);
      const owners = new Int32Array(total);
      let at = 0;
      for (let i = 0; i < n; i++) {
        const owner = shared.has(from + i) ? -1 : i;
        for (let j = counts[i]!; j > 0; j--) owners[at++] = owner;
      }
      const targets = exemplars!.encodings.read(row * dimension, (row + total) * dimension);
      const least = new Float32Array(rows * n * k).fill(Number.POSITIVE_INFINITY);
      native().classNeighbours(encodings, targets, owners, dimension, k, least);
      visit(from, meansOf(least, k));
      row += total;
      from += n;
    }
  }
}

/** As many classes as have no more members than `most` together, but one at least. */
function fitting(counts: Int32Array, most: number): number {
  let members = counts[0]!;
  let n = 1;
  while (n < counts.length && members + counts[n]! <= most) members += counts[n++]!;
  return n;
}

function sumOf(counts: Int32Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += counts[i]!;
  return sum;
}

/** Classes of a part whose labels are known already, and which class has them. */
function sharedLabels(part: ClassColumns, indexOf: ReadonlyMap<number, number>): Map<number, number> {
  const shared = new Map<number, number>();
  if (indexOf.size === 0) return shared;
  const labels = part.labels.all();
  for (let i = 0; i < labels.length; i++) {
    const index = indexOf.get(labels[i]!);
    if (index !== undefined) shared.set(i, index);
  }
  return shared;
}

/** Where the exemplars of these classes lie: class, first exemplar, how many. */
function placesOf(part: ClassColumns, shared: ReadonlyMap<number, number>): [number, number, number][] {
  if (shared.size === 0) return [];
  const counts = part.exemplars!.counts.all();
  const places: [number, number, number][] = [];
  let from = 0;
  for (let i = 0; i < counts.length; i++) {
    if (shared.has(i)) places.push([i, from, counts[i]!]);
    from += counts[i]!;
  }
  return places;
}

function meansOf(least: Float32Array, k: number): Float32Array {
  const means = new Float32Array(least.length / k);
  native().neighbourMeans(least, means);
  return means;
}
