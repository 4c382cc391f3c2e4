/**
 * Which class an encoding belongs to, by nearest centroid or by nearest neighbours, or that it is unknown.
 *
 * CENTROID: the distance to a class is the Euclidean distance to its mean. KNN: the mean of the k smallest distances
 * to training encodings of the class, as Decode's target KNN has it. The nearest class is the match; farther than the
 * class's threshold, it is unknown; and so is an image that looks like no training image.
 */
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import type { Gallery } from './centroids.js';
import { eachDistanceRow } from './distances.js';
import { type Likeness, likenesses } from './lookalikes.js';
import { thresholds } from './thresholds.js';

/** A class to match against. Two of one label are two centroids of one class. */
export interface KnownClass {
  label: number;
  name: string;
  mean: Float32Array;
  threshold: number;
  /** For KNN, where it is known beforehand. */
  neighbourThreshold?: number | undefined;
  /** Enrolled from images, not trained: then it is no matter that an image looks like no training image. */
  enrolled?: boolean | undefined;
}

export interface Known {
  classes: readonly KnownClass[];
  dimension: number;
  quantile: number;
  gallery?: Gallery | undefined;
}

export interface Candidate {
  label: number;
  name: string;
  distance: number;
  enrolled?: boolean | undefined;
}

export interface Match extends Candidate {
  /** The second nearest class; undefined when there is only one class. */
  runnerUp: Candidate | undefined;
  /** Farther from the nearest class than its threshold, or like no training image. */
  unknown: boolean;
  /** Why it is unknown. */
  reason: 'distance' | 'image' | undefined;
  threshold: number;
  /** How far its pixels are from the nearest stored training image; undefined when that was not looked at. */
  likeness: Likeness | undefined;
  /** Another class is exactly as near. */
  tie: boolean;
}

export interface MatcherOptions {
  /** Take the mean distance to the k nearest training encodings of each class, rather than to its mean. */
  k?: number | undefined;
  /** One distance for all classes, in place of their own; then images are not looked at. */
  threshold?: number | undefined;
}

export class Matcher {
  private readonly targets: Float32Array;
  /** Class index of each target; undefined: one target per class, in order. */
  private readonly owners: Int32Array | undefined;
  private readonly limits: readonly number[];

  constructor(
    private readonly centroids: Known,
    private readonly options: MatcherOptions = {},
  ) {
    const { classes, dimension, gallery } = centroids;
    if (options.k === undefined) {
      this.targets = new Float32Array(classes.length * dimension);
      for (const [i, { mean }] of classes.entries()) this.targets.set(mean, i * dimension);
      this.limits = classes.map(({ threshold }) => options.threshold ?? threshold);
      return;
    }
    if (!gallery?.labels.length) {
      throw new SiameseError('input', 'these centroids hold no training encodings for nearest neighbours');
    }
    const indexOf = new Map<number, number>();
    for (const [i, { label }] of classes.entries()) if (!indexOf.has(label)) indexOf.set(label, i);
    this.targets = gallery.encodings;
    this.owners = Int32Array.from(gallery.labels, (label) => indexOf.get(label) ?? -1);
    const { threshold } = options;
    const known = classes.map(({ neighbourThreshold }) => threshold ?? neighbourThreshold);
    const measured = known.includes(undefined) ? this.neighbourThresholds() : [];
    this.limits = known.map((limit, i) => limit ?? measured[i]!);
  }

  /** One match for each encoding. With the images themselves, what looks like no training image is unknown. */
  match(encodings: Float32Array, images?: RecordSet): Match[] {
    const lookalikes = this.options.threshold === undefined ? this.centroids.gallery?.lookalikes : undefined;
    const likeness = images && lookalikes && likenesses(lookalikes, images);
    const matches: Match[] = [];
    this.eachRow(encodings, (row, distances) => matches.push(this.pick(distances, likeness?.[row])));
    return matches;
  }

  /** Distance of each encoding to each class, row by row. */
  distances(encodings: Float32Array): Float32Array {
    const width = this.centroids.classes.length;
    const out = new Float32Array((encodings.length / this.centroids.dimension) * width);
    this.eachRow(encodings, (row, distances) => out.set(distances, row * width));
    return out;
  }

  private eachRow(encodings: Float32Array, visit: (row: number, distances: Float32Array) => void): void {
    const { classes, dimension } = this.centroids;
    const distances = new Float32Array(classes.length);
    eachDistanceRow(encodings, this.targets, dimension, (row, squared, offset) => {
      if (this.owners) this.neighbours(this.owners, squared, offset, distances);
      else for (let i = 0; i < distances.length; i++) distances[i] = Math.sqrt(squared[offset + i]!);
      visit(row, distances);
    });
  }

  /** Mean of the k smallest distances per class; of all, where a class has fewer. `skip`: a target to leave out. */
  private neighbours(
    owners: Int32Array,
    squared: Float32Array,
    offset: number,
    distances: Float32Array,
    skip = -1,
  ): void {
    const k = this.options.k!;
    const least = distances.length * k;
    const heap = new Float32Array(least).fill(Number.POSITIVE_INFINITY);
    for (let j = 0; j < owners.length; j++) {
      const base = owners[j]! * k;
      const value = squared[offset + j]!;
      if (base < 0 || j === skip || value >= heap[base + k - 1]!) continue;
      let at = base + k - 1;
      for (; at > base && heap[at - 1]! > value; at--) heap[at] = heap[at - 1]!;
      heap[at] = value;
    }
    for (let c = 0; c < distances.length; c++) {
      let sum = 0;
      let n = 0;
      for (let i = c * k; i < (c + 1) * k && heap[i]! < Number.POSITIVE_INFINITY; i++, n++) sum += Math.sqrt(heap[i]!);
      distances[c] = n > 0 ? sum / n : Number.POSITIVE_INFINITY;
    }
  }

  /**
   * The same quantile as for centroids, of each training encoding's distance to the others of its class. Classes whose
   * threshold is known beforehand are left out: their exemplars may be many.
   */
  private neighbourThresholds(): number[] {
    const { classes, dimension, quantile } = this.centroids;
    const rows = [...this.owners!.keys()].filter((row) => {
      const known = classes[this.owners![row]!];
      return known !== undefined && known.neighbourThreshold === undefined;
    });
    const owners = Int32Array.from(rows, (row) => this.owners![row]!);
    const targets = new Float32Array(rows.length * dimension);
    for (const [i, row] of rows.entries()) {
      targets.set(this.targets.subarray(row * dimension, (row + 1) * dimension), i * dimension);
    }
    const own: number[][] = classes.map(() => []);
    const distances = new Float32Array(classes.length);
    eachDistanceRow(targets, targets, dimension, (row, squared, offset) => {
      const c = owners[row]!;
      this.neighbours(owners, squared, offset, distances, row);
      if (distances[c]! < Number.POSITIVE_INFINITY) own[c]!.push(distances[c]!);
    });
    return thresholds(
      own.map((values) => Float32Array.from(values)),
      quantile,
    ).map((limit) => (Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit));
  }

  private pick(distances: Float32Array, likeness: Likeness | undefined): Match {
    const { classes } = this.centroids;
    let first = 0;
    let second = -1;
    for (let i = 1; i < distances.length; i++) {
      const same = classes[i]!.label === classes[first]!.label;
      if (distances[i]! < distances[first]!) [first, second] = [i, same ? second : first];
      else if (!same && (second < 0 || distances[i]! < distances[second]!)) second = i;
    }
    const candidate = (i: number): Candidate => {
      const { label, name, enrolled } = classes[i]!;
      return { label, name, distance: distances[i]!, ...(enrolled && { enrolled }) };
    };
    const threshold = this.limits[first]!;
    // Not "greater than": what is no number is unknown too.
    const far = !(distances[first]! <= threshold);
    const strange = !classes[first]!.enrolled && likeness !== undefined && likeness.difference > likeness.threshold;
    return {
      ...candidate(first),
      runnerUp: second < 0 ? undefined : candidate(second),
      unknown: far || strange,
      reason: far ? 'distance' : strange ? 'image' : undefined,
      threshold,
      likeness,
      tie: second >= 0 && distances[second]! === distances[first]!,
    };
  }
}
