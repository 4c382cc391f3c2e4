/** Comparison of arrays of floats, with a message that says where and by how much they differ. */

/**
 * |actual - expected| <= tolerance * max(|expected|, floor * the largest |expected|) for every element. The floor is for
 * sums whose terms cancel: their error is that of the terms, not of the small result. NaN equals NaN.
 */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  if (actual.length !== expected.length)
    throw new Error(`${what}: ${actual.length} values instead of ${expected.length}`);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const size = Math.abs(expected[i]!);
    if (Number.isFinite(size) && size > largest) largest = size;
  }
  let worst = 0;
  let message = '';
  for (let i = 0; i < expected.length; i++) {
    const [a, e] = [actual[i]!, expected[i]!];
    if (Object.is(a, e) || a === e || (Number.isNaN(a) && Number.isNaN(e))) continue;
    const error = Math.abs(a - e) / Math.max(Math.abs(e), FLOOR * largest, Number.MIN_VALUE);
    if (error <= tolerance || error <= worst) continue;
    worst = Number.isNaN(error) ? Infinity : error;
    message = `${what}[${i}] is ${a}, not ${e}: off by ${error.toExponential(2)}, allowed ${tolerance}`;
  }
  if (message) throw new Error(message);
}

const FLOOR = 0.1;
