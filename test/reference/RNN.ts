/** A plain recurrent step over the loop of recurrent.ts. */
import { type Options, product, recurrent } from './recurrent';
import type { Reference } from './reference';

export const RNN = (options: Omit<Options, 'states'>): Reference =>
  recurrent(
    {
      gates: 1,
      run: (sums, _, __, [weights, bias]) => {
        const hidden = sums.map(Math.tanh);
        const output = hidden.map((_h, o) => Math.tanh(bias!.data[o]! + product(weights!, o, hidden)));
        return { output, states: [hidden] };
      },
    },
    { ...options, states: 1 },
  );
