/** The data that metrics.py computes its expected values of. */
import expected from './metrics.json';

export { expected };
export const [N, D, CLASSES] = [300, 4, 6];

/** A linear congruential generator; BigInt, since a product passes 2^53. */
export function numbers(count: number, seed: number): Float64Array {
  let state = BigInt(seed);
  return Float64Array.from({ length: count }, () => {
    state = (state * 1103515245n + 12345n) % 2147483648n;
    return Number(state) / 2 ** 31;
  });
}

export function data(seed: number): { encodings: Float32Array; classes: Int32Array } {
  const classes = Int32Array.from({ length: N }, (_, i) => i % CLASSES);
  const noise = numbers(N * D, seed);
  const centres = numbers(CLASSES * D, 7);
  return {
    classes,
    encodings: Float32Array.from(noise, (value, i) => value + centres[classes[Math.floor(i / D)]! * D + (i % D)]!),
  };
}
