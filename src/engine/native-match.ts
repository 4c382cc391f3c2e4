/** What native/match computes: distances, nearest neighbours and counts of encodings, n x d floats, row after row. */
export interface NativeMatch {
  /** Exact squared Euclidean distances: queries (n x d) to targets (m x d), row-major n x m. */
  squaredDistances<Numbers extends Float32Array | Uint8Array>(
    queries: Numbers,
    targets: Numbers,
    dimension: number,
    out: Float32Array,
  ): void;
  /** 16 hexadecimal digits that tell weights apart (FNV-1a in lanes; no protection against forgery). */
  checksum(values: Float32Array[]): string;
  /** Per-class means and counts of encodings (n x d) by label index in [0, classes). Double accumulation. */
  classMeans(
    encodings: Float32Array,
    classes: Int32Array,
    dimension: number,
    means: Float32Array,
    counts: Int32Array,
  ): void;
  /**
   * Counts the pairs of n encodings, those of one class into `same`, the others into `different`, 2^22 bins each: a pair's bin
   * is the upper 22 bits, without the sign, of its squared distance as a 32-bit float.
   */
  pairCounts(
    encodings: Float32Array,
    classes: Int32Array,
    dimension: number,
    same: Float64Array,
    different: Float64Array,
  ): void;
  /**
   * Each encoding against all others: place of the first of its class (0: none), R-precision, average precision at R. Among
   * equally near ones, those of other classes come first.
   */
  retrieval(
    encodings: Float32Array,
    classes: Int32Array,
    dimension: number,
    first: Int32Array,
    rPrecision: Float64Array,
    averagePrecision: Float64Array,
  ): void;
  /** The k nearest targets of each query, nearest first, of equals the one of lower index; n x k indices and squared distances. */
  nearest<Numbers extends Float32Array | Uint8Array>(
    queries: Numbers,
    targets: Numbers,
    dimension: number,
    k: number,
    indices: Int32Array,
    squared: Float32Array,
  ): void;
  /**
   * The nearest target of each query, and the nearest of another label, m targets of which the first has the number `offset`.
   * Goes on from what is there, of equals the earlier: two squared distances and numbers a query, first Infinity and -1, and
   * the label of the nearest. What is no number is never nearest.
   */
  nearestTwo(
    queries: Float32Array,
    targets: Float32Array,
    labels: Int32Array,
    dimension: number,
    offset: number,
    squared: Float32Array,
    indices: Int32Array,
    firstLabels: Int32Array,
  ): void;
  /** The same of distances that are at hand, n x m, as they are. */
  leastTwo(
    distances: Float32Array,
    labels: Int32Array,
    offset: number,
    least: Float32Array,
    indices: Int32Array,
    firstLabels: Int32Array,
  ): void;
  /**
   * The k least squared distances of each query to the targets of each class, in order, n x classes x k; goes on from what is
   * there, first Infinity. `owners`: class of each target, -1 for one to leave out.
   */
  classNeighbours(
    queries: Float32Array,
    targets: Float32Array,
    owners: Int32Array,
    dimension: number,
    k: number,
    least: Float32Array,
  ): void;
  /** Means of the distances whose squares are there, k of each; fewer where some are Infinity, Infinity for none. */
  neighbourMeans(least: Float32Array, means: Float32Array): void;
}
