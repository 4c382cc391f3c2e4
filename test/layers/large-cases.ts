/** Shapes too large for finite differences: against the float64 reference and its own gradient, which smaller cases check. */
import type { Array64, Reference } from '../reference/reference';
import { expectClose } from './close';
import { runLayer } from './harness';
import { caseOf } from './reference-cases';

export interface LargeCase {
  name: string;
  options?: string;
  shapes: number[][];
  params?: number[][];
  reference: Reference;
  /** Bottoms that take a gradient; default all. */
  gradients?: boolean[];
  threads?: number;
}

/** float32 sums of up to some ten thousand products, against float64. */
const TOLERANCE = 1e-5;

export function testLarge(type: string, cases: LargeCase[]): void {
  describe('equals its float64 reference where the engine cuts the work up', () => {
    it.each(cases)('$name', async (one) => {
      const layerCase = { ...caseOf(type, one), threads: one.threads ?? 2 };
      const run = await runLayer(layerCase);
      const array = (shape: readonly number[], data: ArrayLike<number>): Array64 => ({
        shape,
        data: Float64Array.from(data),
      });
      const bottoms = layerCase.bottoms.map(({ shape, data }) => array(shape, data));
      const params = (layerCase.params ?? []).map((data, p) => array(one.params![p]!, data));
      const tops = one.reference.forward(bottoms, params);
      tops.forEach(({ data }, t) => {
        expectClose(run.tops[t]!.data, data, TOLERANCE, `top ${t}`);
      });
      const diffs = layerCase.topDiffs!.map((diff) => Float64Array.from(diff!));
      const exact = one.reference.backward!(bottoms, params, diffs);
      exact.bottoms.forEach((gradient, b) => {
        if (one.gradients?.[b] ?? true)
          expectClose(run.bottomDiffs[b]!, gradient!, TOLERANCE, `gradient of bottom ${b}`);
      });
      exact.params?.forEach((gradient, p) => {
        expectClose(run.paramDiffs[p]!, gradient, TOLERANCE, `gradient of blob ${p}`);
      });
    });
  });
}
