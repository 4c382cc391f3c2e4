/** Thresholds measured on held-out images, as a gallery keeps them. */

export interface Calibration {
  method: 'far' | 'eer' | 'balanced';
  wantedFar?: number | undefined;
  source: string;
  records: number;
  /** ISO 8601. */
  time: string;
  /** Neighbours per class that distances were averaged over; 0: distance to the centroid. */
  k: number;
  /** One for all classes. */
  threshold: number;
  impostorPairs: number;
  falseAccepts: number;
  genuinePairs: number;
  falseRejects: number;
  /** By label, where a class had pairs enough for one of its own. */
  perClass: ReadonlyMap<number, number>;
}
