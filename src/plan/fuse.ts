/** Puts an in-place ReLU into the pass of the layer before it: one trip through memory less. */
import type { Laid, Operation } from './operation.js';
import type { View } from './view.js';

/** Native layers that know the attribute `relu`: y = max(y, 0) as the last thing they do. */
const WITH_RELU: ReadonlySet<string> = new Set(['Convolution', 'Deconvolution', 'InnerProduct']);

/** The ReLU stays for the backward pass, which needs its top only; without one it is gone. */
export function fuseRelus(laid: Laid): Laid {
  const { operations } = laid;
  const fused = new Map<number, Operation>();
  for (const [p, producer] of operations.entries()) {
    const r = findRelu(operations, p);
    if (r < 0) continue;
    const relu = operations[r]!;
    const names = [relu.name, ...(relu.merged ?? [])];
    fused.set(p, {
      ...producer,
      attributes: { ...producer.attributes, relu: true },
      fused: [...(producer.fused ?? []), ...names],
    });
    fused.set(r, { ...relu, forward: false });
  }
  const after = operations.map((operation, o) => fused.get(o) ?? operation);
  return { ...laid, operations: after.filter(({ forward, backward }) => forward || backward) };
}

/** The ReLU that works in place on all of what operation `p` writes, with no layer in between that sees it; or -1. */
function findRelu(operations: readonly Operation[], p: number): number {
  const { type, tops } = operations[p]!;
  if (!WITH_RELU.has(type) || tops.length !== 1) return -1;
  const written = tops[0]!.data;
  const next = operations.findIndex(
    ({ bottoms, tops: others }, o) =>
      o > p && [...bottoms, ...others].some(({ data }) => data.storage === written.storage),
  );
  const reader = operations[next];
  if (reader?.type !== 'ReLU' || !reader.forward || reader.attributes.negative_slope !== 0) return -1;
  const inPlace = same(reader.bottoms[0]!.data, written) && same(reader.tops[0]!.data, written);
  return inPlace ? next : -1;
}

function same(a: View, b: View): boolean {
  return a.storage === b.storage && a.offset === b.offset && a.pitch === b.pitch && a.shape.join() === b.shape.join();
}
