/** Recurrent layers as a loop over time steps and sequences: LSTM and RNN differ in what a step does. */
import { type Array64, count, type Reference, zeros } from './reference';

/** One step of one sequence: from the sums that come in and the states before, the output and the states after. */
export interface Step {
  /** Sums for each output. */
  gates: number;
  run(sums: number[], states: number[][], cont: number, own: Array64[]): { output: number[]; states: number[][] };
}

/** Bottoms: x, cont, then x_static, then the states if `exposed`. Params: W_x, b, then W_static, then W_h and the step's own. */
export const recurrent = (
  { gates, run }: Step,
  { outputs, states, isStatic = false, exposed = false }: Options,
): Reference => ({
  forward: (bottoms, params) => {
    const [x, cont] = bottoms as [Array64, Array64];
    const [T, N] = x.shape as [number, number];
    const inputs = count(x.shape) / T / N;
    const fixed = isStatic ? bottoms[2]! : undefined;
    const [wx, b] = params as [Array64, Array64];
    const [wh, ...own] = params.slice(isStatic ? 3 : 2) as [Array64, ...Array64[]];
    const y = zeros([T, N, outputs]);
    const ends = Array.from({ length: states }, () => zeros([1, N, outputs]));
    for (let n = 0; n < N; n++) {
      let now = ends.map((_, s) => {
        const from = exposed ? bottoms[(isStatic ? 3 : 2) + s]!.data : new Float64Array(N * outputs);
        return [...from.subarray(n * outputs, (n + 1) * outputs)];
      });
      for (let t = 0; t < T; t++) {
        const c = cont.data[t * N + n]!;
        const at = (t * N + n) * inputs;
        const sums = Array.from({ length: gates * outputs }, (_, r) => {
          let sum = b.data[r]! + product(wx, r, x.data.subarray(at, at + inputs));
          if (fixed) {
            const size = count(fixed.shape) / N;
            sum += product(params[2]!, r, fixed.data.subarray(n * size, (n + 1) * size));
          }
          return (
            sum +
            product(
              wh,
              r,
              now[0]!.map((h) => c * h),
            )
          );
        });
        const after = run(sums, now, c, own);
        y.data.set(after.output, (t * N + n) * outputs);
        now = after.states;
      }
      now.forEach((values, s) => {
        ends[s]!.data.set(values, n * outputs);
      });
    }
    return exposed ? [y, ...ends] : [y];
  },
});

export interface Options {
  outputs: number;
  states: number;
  isStatic?: boolean;
  exposed?: boolean;
}

/** Row r of a matrix times a vector. */
export function product({ data }: Array64, r: number, vector: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += data[r * vector.length + i]! * vector[i]!;
  return sum;
}
