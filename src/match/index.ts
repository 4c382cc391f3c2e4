/** What the commands use of matching. */

export type { Calibration } from './calibration.js';
export {
  centroidFileOf,
  checkBelongs,
  readCentroids,
  writeCentroids,
} from './centroid-file.js';
export {
  type CentroidOptions,
  type Centroids,
  type ClassCentroid,
  centroidsOf,
  computeCentroids,
  type Gallery,
} from './centroids.js';
export { type Encoded, encodeSource } from './encode-source.js';
export { Encoder, type EncoderOptions } from './encoder.js';
export {
  type Evaluation,
  evaluate,
  evaluateAfresh,
  evaluatePixelRows,
  evaluatePixels,
  type FreshEvaluation,
} from './evaluate.js';
export { digestOf, type Fingerprint, fingerprintOf } from './fingerprint.js';
export {
  addExemplars,
  type EnrolledClass,
  type EnrolledGallery,
  type Exemplar,
  removeExemplars,
} from './gallery.js';
export {
  checkGalleryBelongs,
  digestOfRecord,
  emptyGallery,
  encoderDigest,
  galleryFileOf,
  readGallery,
  writeGallery,
} from './gallery-file.js';
export { withLock } from './gallery-lock.js';
export { knownClasses, type Which } from './known-classes.js';
export type { Likeness, Lookalikes } from './lookalikes.js';
export { type Candidate, type Known, type KnownClass, type Match, Matcher, type MatcherOptions } from './matcher.js';
export { type ClassMetrics, type Metrics, measure } from './metrics.js';
export { DEFAULT_QUANTILE } from './thresholds.js';
export { cutTower, deployNet, type Tower, type TowerOptions } from './tower.js';
export type { RecordShape } from './tower-net.js';
export { untrainedWeights } from './untrained.js';
