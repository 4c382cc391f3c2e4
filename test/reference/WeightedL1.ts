/** sum over c of w_c * |a_c - b_c| + bias. */
import { rows } from './batch-pairs';
import { fill, type Reference } from './reference';

export const WeightedL1: Reference = {
  forward: ([a, b], [w, bias]) => {
    const [left, right] = [rows(a!), rows(b!)];
    return [
      fill([left.length, 1], (i) =>
        left[i]!.reduce((sum, v, c) => sum + w!.data[c]! * Math.abs(v - right[i]![c]!), bias?.data[0] ?? 0),
      ),
    ];
  },
};
