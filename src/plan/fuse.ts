/** Puts an in-place Scale and an in-place ReLU into the pass of the layer before: a trip through memory less for each. */
import type { Laid, Operation } from './operation.js';
import type { View } from './view.js';

/** Native layers that know the attribute `relu`: y = max(y, 0) as the last thing they do. */
const WITH_RELU: ReadonlySet<string> = new Set(['BatchNorm', 'Convolution', 'Deconvolution', 'InnerProduct']);

/** A Scale layer of one number a channel becomes a part of the BatchNorm before it, in both passes. */
export function fuseScales(laid: Laid): Laid {
  const { operations } = laid;
  const replaced = new Map<number, Operation | undefined>();
  for (const [n, norm] of operations.entries()) {
    if (norm.type !== 'BatchNorm') continue;
    const s = nextInPlace(operations, n);
    const scale = operations[s];
    if (scale?.type !== 'Scale' || !scale.forward || !isPerChannel(scale, norm)) continue;
    replaced.set(s, undefined);
    replaced.set(n, {
      ...norm,
      tops: scale.tops,
      params: [...norm.params, ...scale.params],
      attributes: { ...norm.attributes, scale: true },
      backward: norm.backward || scale.backward,
      backwardReads: scale.backward ? [...norm.backwardReads, norm.bottoms[0]!.data] : norm.backwardReads,
      fused: [...(norm.fused ?? []), scale.name, ...(scale.merged ?? [])],
    });
  }
  return {
    ...laid,
    operations: operations.flatMap((operation, o) => (replaced.has(o) ? (replaced.get(o) ?? []) : operation)),
  };
}

function isPerChannel(scale: Operation, norm: Operation): boolean {
  if (scale.bottoms.length !== 1) return false;
  const { channels } = norm.attributes;
  const size = (shape: readonly number[]) => shape.reduce((product, dim) => product * dim, 1);
  const inner = size(norm.tops[0]!.data.shape) / (norm.tops[0]!.data.shape[0]! * (channels as number));
  return size(scale.params[0]!.shape) === channels && scale.attributes.inner === inner;
}

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
  if (!WITH_RELU.has(operations[p]!.type)) return -1;
  const next = nextInPlace(operations, p);
  const relu = operations[next];
  return relu?.type === 'ReLU' && relu.forward && relu.attributes.negative_slope === 0 ? next : -1;
}

/** The next operation that sees what operation `p` writes, if it works in place on all of it; or -1. */
function nextInPlace(operations: readonly Operation[], p: number): number {
  const { tops } = operations[p]!;
  if (tops.length !== 1) return -1;
  const written = tops[0]!.data;
  const next = operations.findIndex(
    ({ bottoms, tops: others }, o) =>
      o > p && [...bottoms, ...others].some(({ data }) => data.storage === written.storage),
  );
  const reader = operations[next];
  if (!reader?.bottoms[0] || !reader.tops[0]) return -1;
  const inPlace = same(reader.bottoms[0]!.data, written) && same(reader.tops[0]!.data, written);
  return inPlace ? next : -1;
}

function same(a: View, b: View): boolean {
  return a.storage === b.storage && a.offset === b.offset && a.pitch === b.pitch && a.shape.join() === b.shape.join();
}
