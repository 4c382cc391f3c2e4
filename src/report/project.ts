/** Encodings of any length as points of a plane: their two principal components. */

export interface Projection {
  /** x and y of each encoding. */
  points: Float32Array;
  /** Share of the variance that the plane shows; 1 for encodings of two numbers, which stay as they are. */
  share: number;
  /** Puts other encodings of the same length into the same plane. */
  apply(encodings: Float32Array): Float32Array;
}

/** Power iteration gains a digit in a few rounds; pictures need three. */
const ROUNDS = 60;

export function project(encodings: Float32Array, dimension: number): Projection {
  if (dimension === 2) return { points: encodings, share: 1, apply: (others) => others };
  if (dimension === 1) {
    const apply = (others: Float32Array) =>
      Float32Array.from({ length: 2 * others.length }, (_, i) => (i % 2 ? 0 : others[i / 2]!));
    return { points: apply(encodings), share: 1, apply };
  }
  const n = encodings.length / dimension;
  const mean = new Float64Array(dimension);
  for (let i = 0; i < encodings.length; i++) mean[i % dimension]! += encodings[i]! / n;
  const covariance = covarianceOf(encodings, mean, dimension);
  let total = 0;
  for (let k = 0; k < dimension; k++) total += covariance[k * dimension + k]!;
  const first = principal(covariance, dimension);
  deflate(covariance, first, dimension);
  const second = principal(covariance, dimension);
  const apply = (others: Float32Array): Float32Array => {
    const points = new Float32Array((2 * others.length) / dimension);
    for (let i = 0; i < points.length / 2; i++) {
      for (let k = 0; k < dimension; k++) {
        const centred = others[i * dimension + k]! - mean[k]!;
        points[2 * i]! += centred * first.vector[k]!;
        points[2 * i + 1]! += centred * second.vector[k]!;
      }
    }
    return points;
  };
  return { points: apply(encodings), share: total > 0 ? (first.value + second.value) / total : 1, apply };
}

function covarianceOf(encodings: Float32Array, mean: Float64Array, dimension: number): Float64Array {
  const n = encodings.length / dimension;
  const out = new Float64Array(dimension * dimension);
  const row = new Float64Array(dimension);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < dimension; k++) row[k] = encodings[i * dimension + k]! - mean[k]!;
    for (let k = 0; k < dimension; k++) for (let l = 0; l <= k; l++) out[k * dimension + l]! += (row[k]! * row[l]!) / n;
  }
  for (let k = 0; k < dimension; k++) for (let l = 0; l < k; l++) out[l * dimension + k] = out[k * dimension + l]!;
  return out;
}

interface Component {
  vector: Float64Array;
  value: number;
}

/** The eigenvector of the largest eigenvalue. */
function principal(matrix: Float64Array, dimension: number): Component {
  // Any start that is not orthogonal to it will do; unequal entries make that unlikely.
  let vector = Float64Array.from({ length: dimension }, (_, k) => 1 + k / dimension);
  let value = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(dimension);
    for (let k = 0; k < dimension; k++)
      for (let l = 0; l < dimension; l++) next[k]! += matrix[k * dimension + l]! * vector[l]!;
    value = Math.sqrt(next.reduce((sum, x) => sum + x * x, 0));
    if (value === 0) return { vector: new Float64Array(dimension), value };
    vector = next.map((x) => x / value);
  }
  return { vector, value };
}

function deflate(matrix: Float64Array, { vector, value }: Component, dimension: number): void {
  for (let k = 0; k < dimension; k++) {
    for (let l = 0; l < dimension; l++) matrix[k * dimension + l]! -= value * vector[k]! * vector[l]!;
  }
}
