/** Trained and enrolled classes as one list to match against, with the thresholds that hold for them. */
import { SiameseError } from '../errors.js';
import type { Calibration } from './calibration.js';
import type { Centroids } from './centroids.js';
import type { EnrolledClass, EnrolledGallery } from './gallery.js';
import type { Known, KnownClass } from './matcher.js';

export type Which = 'all' | 'trained' | 'enrolled';

export interface KnownOptions {
  /** Which classes to match against. */
  which?: Which | undefined;
  /** As the matcher's: a calibration holds only for the distance that it was measured with. */
  k?: number | undefined;
}

/**
 * A class of the training data that was given more examples has two centroids, the trained one and that of the examples, and
 * an image is as far from the class as from the nearer one: among thousands of training images one example more would not
 * move a mean.
 */
export function knownClasses(
  centroids: Centroids,
  enrolled: EnrolledGallery | undefined,
  { which = 'all', k }: KnownOptions = {},
): Known {
  const { dimension, quantile, gallery } = centroids;
  const trained = which === 'enrolled' ? [] : centroids.classes;
  const added = which === 'trained' ? [] : (enrolled?.classes ?? []);
  if (trained.length + added.length === 0) {
    throw new SiameseError('input', 'no class is enrolled', { help: 'siamese enroll NAME IMAGE...' });
  }
  const calibration = enrolled?.calibration?.k === (k ?? 0) ? enrolled.calibration : undefined;
  return {
    dimension,
    quantile,
    classes: [...trained.map((known) => calibrated(known, calibration)), ...added.map((c) => asKnown(c, calibration))],
    gallery:
      k === undefined || added.length === 0 ? gallery : withExemplars(trained.length > 0 ? gallery : undefined, added),
  };
}

function calibrated<T extends KnownClass>(known: T, calibration: Calibration | undefined): KnownClass {
  if (!calibration) return known;
  const threshold = calibration.perClass.get(known.label) ?? calibration.threshold;
  return { ...known, threshold, neighbourThreshold: threshold };
}

function asKnown(
  { name, label, mean, threshold, count }: EnrolledClass,
  calibration: Calibration | undefined,
): KnownClass {
  // Two members are on average sqrt(2) of the class's spread apart, a member and a mean of n sqrt(1 + 1/n).
  const neighbourThreshold = (threshold * Math.SQRT2) / Math.sqrt(1 + 1 / count);
  return calibrated({ name, label, mean, threshold, neighbourThreshold, enrolled: true }, calibration);
}

/** The training encodings that are kept, and the exemplars. */
function withExemplars(gallery: Centroids['gallery'], added: readonly EnrolledClass[]): Centroids['gallery'] {
  const counts = added.map(({ count }) => count);
  const before = gallery?.labels.length ?? 0;
  const labels = new Int32Array(counts.reduce((sum, count) => sum + count, before));
  if (gallery) labels.set(gallery.labels);
  let row = before;
  for (const [i, { label }] of added.entries()) {
    labels.fill(label, row, row + counts[i]!);
    row += counts[i]!;
  }
  const parts = [...(gallery ? [gallery.encodings] : []), ...added.map(({ encodings }) => encodings)];
  const encodings = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    encodings.set(part, at);
    at += part.length;
  }
  return { ...gallery, labels, encodings };
}
