/** An LSTM's step over the loop of recurrent.ts. */
import { type Options, recurrent } from './recurrent';
import type { Reference } from './reference';

export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export const LSTM = (options: Omit<Options, 'states'>): Reference =>
  recurrent(
    {
      gates: 4,
      run: (sums, [, before], cont) => {
        const D = before!.length;
        const cell = before!.map(
          (c, d) => cont * sigmoid(sums[D + d]!) * c + sigmoid(sums[d]!) * Math.tanh(sums[3 * D + d]!),
        );
        const hidden = cell.map((c, d) => sigmoid(sums[2 * D + d]!) * Math.tanh(c));
        return { output: hidden, states: [hidden, cell] };
      },
    },
    { ...options, states: 2 },
  );
