/** Classes to match against, by column, so that a hundred thousand of them cost no object each. */
import type { Calibration } from './calibration.js';
import { type Column, memoryColumn } from './column.js';
import type { KnownClass } from './matcher.js';
import type { PackedGallery } from './packed-gallery.js';

export interface ClassColumns {
  readonly count: number;
  /** count x dimension. */
  readonly means: Column<Float32Array>;
  readonly labels: Column<Int32Array>;
  name(i: number): string;
  threshold(i: number): number;
  /** For KNN, where it is known beforehand. */
  neighbourThreshold(i: number): number | undefined;
  /** Enrolled from images, not trained: then it is no matter that an image looks like no training image. */
  enrolled(i: number): boolean;
  /** For KNN: encodings class by class, and how many of each. Those of training are the gallery's. */
  readonly exemplars?: { encodings: Column<Float32Array>; counts: Column<Int32Array> } | undefined;
}

export function columnsOf(classes: readonly KnownClass[], dimension: number): ClassColumns {
  const means = new Float32Array(classes.length * dimension);
  for (const [i, { mean }] of classes.entries()) means.set(mean, i * dimension);
  return {
    count: classes.length,
    means: memoryColumn(means),
    labels: memoryColumn(Int32Array.from(classes, ({ label }) => label)),
    name: (i) => classes[i]!.name,
    threshold: (i) => classes[i]!.threshold,
    neighbourThreshold: (i) => classes[i]!.neighbourThreshold,
    enrolled: (i) => classes[i]!.enrolled === true,
  };
}

export function galleryColumns({ columns }: PackedGallery, calibration: Calibration | undefined): ClassColumns {
  const { names, labels, counts, means, thresholds, exemplars } = columns;
  const at = (column: Column<Int32Array | Float32Array>, i: number) => column.read(i, i + 1)[0]!;
  const calibrated = (i: number) => calibration && (calibration.perClass.get(at(labels, i)) ?? calibration.threshold);
  return {
    count: labels.length,
    means,
    labels,
    name: (i) => names.at(i),
    threshold: (i) => calibrated(i) ?? at(thresholds, i),
    // Two members are on average sqrt(2) of the class's spread apart, a member and a mean of n sqrt(1 + 1/n).
    neighbourThreshold: (i) => calibrated(i) ?? (at(thresholds, i) * Math.SQRT2) / Math.sqrt(1 + 1 / at(counts, i)),
    enrolled: () => true,
    exemplars: { encodings: exemplars, counts },
  };
}

export function classesOf(columns: ClassColumns, dimension: number): KnownClass[] {
  const [means, labels] = [columns.means.all(), columns.labels.all()];
  return Array.from({ length: columns.count }, (_, i) => ({
    label: labels[i]!,
    name: columns.name(i),
    mean: means.subarray(i * dimension, (i + 1) * dimension),
    threshold: columns.threshold(i),
    neighbourThreshold: columns.neighbourThreshold(i),
    ...(columns.enrolled(i) && { enrolled: true }),
  }));
}
