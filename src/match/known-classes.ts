/** Trained and enrolled classes as one list to match against, with the thresholds that hold for them. */
import { SiameseError } from '../errors.js';
import type { Calibration } from './calibration.js';
import type { Centroids } from './centroids.js';
import { type ClassColumns, classesOf, columnsOf, galleryColumns } from './class-columns.js';
import type { EnrolledGallery } from './gallery.js';
import type { Known, KnownClass } from './matcher.js';
import { type PackedGallery, packed } from './packed-gallery.js';

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
  enrolled: EnrolledGallery | PackedGallery | undefined,
  { which = 'all', k }: KnownOptions = {},
): Known {
  const { dimension, quantile, gallery } = centroids;
  const calibration = enrolled?.calibration?.k === (k ?? 0) ? enrolled.calibration : undefined;
  const trained = which === 'enrolled' ? [] : centroids.classes.map((known) => calibrated(known, calibration));
  const parts: ClassColumns[] = trained.length > 0 ? [columnsOf(trained, dimension)] : [];
  if (enrolled && which !== 'trained') {
    const columns = galleryColumns('classes' in enrolled ? packed(enrolled) : enrolled, calibration);
    if (columns.count > 0) parts.push(columns);
  }
  if (parts.length === 0) {
    throw new SiameseError('input', 'no class is enrolled', { help: 'siamese enroll NAME IMAGE...' });
  }
  let all: KnownClass[] | undefined;
  return {
    dimension,
    quantile,
    parts,
    // Made when asked for: matching needs none of 100,000.
    get classes() {
      all ??= parts.flatMap((columns) => classesOf(columns, dimension));
      return all;
    },
    gallery: k !== undefined && trained.length === 0 ? undefined : gallery,
  };
}

function calibrated<T extends KnownClass>(known: T, calibration: Calibration | undefined): KnownClass {
  if (!calibration) return known;
  const threshold = calibration.perClass.get(known.label) ?? calibration.threshold;
  return { ...known, threshold, neighbourThreshold: threshold };
}
