/** Caffe's arithmetic on shapes: canonical axis indices, counts of some axes, and how shapes are shown in messages. */
import type { LayerContext } from './layer.js';

/** Product of the dimensions `shape[from..to)`; 1 when there are none. */
export function count(shape: readonly number[], from = 0, to = shape.length): number {
  let product = 1;
  for (let i = from; i < to; i++) product *= shape[i]!;
  return product;
}

/** `64 x 2 x 28 x 28`, or `scalar`. */
export function showShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join(' x ');
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** `axis` counted from the front; negative ones count from the back, as in Caffe. Fails when the blob has no such axis. */
export function canonicalAxis(
  context: LayerContext,
  axis: number,
  shape: readonly number[],
  field: string,
  blob = context.bottoms[0]?.name ?? '',
): number {
  if (!Number.isInteger(axis) || axis < -shape.length || axis >= shape.length) {
    const range = shape.length === 0 ? 'it is a scalar' : `axes run from ${-shape.length} to ${shape.length - 1}`;
    context.fail(`axis ${axis} does not exist in blob "${blob}" (${showShape(shape)}): ${range}`, { field });
  }
  return axis < 0 ? axis + shape.length : axis;
}

/** Fails unless bottom `index` has the same number of elements as bottom 0. */
export function requireSameCount(context: LayerContext, index: number): void {
  const [first, other] = [context.bottoms[0]!, context.bottoms[index]!];
  if (count(first.shape) === count(other.shape)) return;
  context.fail(
    `blobs "${first.name}" (${showShape(first.shape)}) and "${other.name}" (${showShape(other.shape)}) differ in ` +
      `their number of elements: ${count(first.shape)} and ${count(other.shape)}`,
    { field: `bottom[${index}]` },
  );
}

/** Fails unless bottom `index` has exactly the shape of bottom 0. */
export function requireSameShape(context: LayerContext, index: number): void {
  const [first, other] = [context.bottoms[0]!, context.bottoms[index]!];
  if (sameShape(first.shape, other.shape)) return;
  context.fail(
    `blob "${other.name}" is ${showShape(other.shape)}, but must have the shape of "${first.name}", ${showShape(first.shape)}`,
    { field: `bottom[${index}]` },
  );
}
