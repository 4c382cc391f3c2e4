/** The form of the references: layers again, in float64 and as plainly as can be, to compare the engine with. */

export interface Array64 {
  shape: readonly number[];
  data: Float64Array;
}

export interface Gradients {
  bottoms: (Float64Array | undefined)[];
  params?: Float64Array[];
}

export interface Reference {
  forward(bottoms: Array64[], params: Array64[]): Array64[];
  /** Where it is not the plain derivative of `forward`; else finite differences of `forward` stand for it. */
  backward?(bottoms: Array64[], params: Array64[], topDiffs: Float64Array[]): Gradients;
}

export function count(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

export function zeros(shape: readonly number[]): Array64 {
  return { shape, data: new Float64Array(count(shape)) };
}

export function scalar(value: number): Array64 {
  return { shape: [], data: Float64Array.of(value) };
}

/** A new array of that shape from a function of the index in Caffe's order. */
export function fill(shape: readonly number[], value: (index: number) => number): Array64 {
  return { shape, data: Float64Array.from({ length: count(shape) }, (_, i) => value(i)) };
}

/** A reference that maps each element of bottom 0. */
export function elementwise(f: (x: number) => number): Reference {
  return { forward: ([x]) => [{ shape: x!.shape, data: x!.data.map(f) }] };
}

/** The axis as the middle of three: index (o * channels + c) * inner + i. */
export function around(shape: readonly number[], axis: number): { outer: number; channels: number; inner: number } {
  return { outer: count(shape.slice(0, axis)), channels: shape[axis]!, inner: count(shape.slice(axis + 1)) };
}

/** Central differences of sum(top * topDiff) over every element of every bottom and blob that is asked for. */
export function finiteDifferences(
  forward: Reference['forward'],
  bottoms: Array64[],
  params: Array64[],
  topDiffs: Float64Array[],
  wanted: readonly boolean[],
): Required<Gradients> {
  const total = () =>
    forward(bottoms, params).reduce(
      (sum, top, t) => sum + dot(top.data, topDiffs[t] ?? new Float64Array(top.data.length)),
      0,
    );
  const gradient = ({ data }: Array64) =>
    data.map((x, i) => {
      const step = STEP * Math.max(1, Math.abs(x));
      data[i] = x + step;
      const above = total();
      data[i] = x - step;
      const below = total();
      data[i] = x;
      return (above - below) / (2 * step);
    });
  return {
    bottoms: bottoms.map((bottom, b) => (wanted[b] ? gradient(bottom) : undefined)),
    params: params.map(gradient),
  };
}

/** Near the cube root of float64's precision, where the errors of truncation and rounding of central differences meet. */
const STEP = 1e-5;

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0);
}
