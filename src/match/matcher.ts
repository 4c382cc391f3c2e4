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
import { type ClassColumns, columnsOf } from './class-columns.js';
import { CentroidSearch, type FoundClasses } from './class-search.js';
import { type Likeness, likenesses } from './lookalikes.js';
import { NeighbourSearch } from './neighbour-search.js';

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
  readonly classes: readonly KnownClass[];
  /** The same by column, where there are many; without it, made of `classes`. */
  parts?: readonly ClassColumns[] | undefined;
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
  private readonly parts: readonly ClassColumns[];
  private readonly search: CentroidSearch | NeighbourSearch;
  private measured: readonly number[] | undefined;

  constructor(
    private readonly known: Known,
    private readonly options: MatcherOptions = {},
  ) {
    const { dimension, gallery } = known;
    const { k } = options;
    this.parts = known.parts ?? [columnsOf(known.classes, dimension)];
    this.search =
      k === undefined
        ? new CentroidSearch(this.parts, dimension)
        : new NeighbourSearch(this.parts, gallery, dimension, k);
    if (this.search instanceof NeighbourSearch && this.search.empty) {
      throw new SiameseError('input', 'these centroids hold no training encodings for nearest neighbours');
    }
  }

  /** One match for each encoding. With the images themselves, what looks like no training image is unknown. */
  match(encodings: Float32Array, images?: RecordSet): Match[] {
    const lookalikes = this.options.threshold === undefined ? this.known.gallery?.lookalikes : undefined;
    const likeness = images && lookalikes && likenesses(lookalikes, images);
    const found = this.search.nearest(encodings);
    const rows = encodings.length / this.known.dimension;
    return Array.from({ length: rows }, (_, row) => this.pick(found, row, likeness?.[row]));
  }

  /** Distance of each encoding to each class, row by row. */
  distances(encodings: Float32Array): Float32Array {
    return this.search.all(encodings);
  }

  private pick({ indices, distances }: FoundClasses, row: number, likeness: Likeness | undefined): Match {
    // An encoding that is no number is near to nothing.
    const lost = indices[2 * row]! < 0;
    const first = this.candidate(Math.max(0, indices[2 * row]!), lost ? Number.NaN : distances[2 * row]!);
    const second = indices[2 * row + 1]!;
    const threshold = this.limit(Math.max(0, indices[2 * row]!));
    // Not "greater than": what is no number is unknown too.
    const far = !(first.distance <= threshold);
    const strange = !first.enrolled && likeness !== undefined && likeness.difference > likeness.threshold;
    return {
      ...first,
      runnerUp: second < 0 ? undefined : this.candidate(second, distances[2 * row + 1]!),
      unknown: far || strange,
      reason: far ? 'distance' : strange ? 'image' : undefined,
      threshold,
      likeness,
      tie: second >= 0 && distances[2 * row + 1]! === distances[2 * row]!,
    };
  }

  private candidate(index: number, distance: number): Candidate {
    const { part, i } = this.locate(index);
    return {
      label: part.labels.read(i, i + 1)[0]!,
      name: part.name(i),
      distance,
      ...(part.enrolled(i) && { enrolled: true }),
    };
  }

  private limit(index: number): number {
    const { k, threshold } = this.options;
    const { part, i } = this.locate(index);
    if (threshold !== undefined) return threshold;
    if (k === undefined) return part.threshold(i);
    return part.neighbourThreshold(i) ?? this.measuredLimit(index);
  }

  private measuredLimit(index: number): number {
    this.measured ??= (this.search as NeighbourSearch).thresholds(this.known.quantile);
    return this.measured[index]!;
  }

  private locate(index: number): { part: ClassColumns; i: number } {
    let i = index;
    for (const part of this.parts) {
      if (i < part.count) return { part, i };
      i -= part.count;
    }
    throw new SiameseError('internal', `there is no class number ${index}`);
  }
}
