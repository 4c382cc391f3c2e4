/** What Caffe's blobs of a net take, to hold a plan's memory against. */
import type { Net } from './net-types.js';

/** Layers whose tops are their bottom's memory; Split has gradients of its own for each top. */
const VIEWS: ReadonlySet<string> = new Set(['Reshape', 'Flatten']);

/**
 * Bytes of data and diff of all blobs as BVLC Caffe allocates them: at the first use, so that a diff counts where backward
 * runs; an in-place top, and what only shares memory, once. Buffers of layers (LRN's scale, a convolution's columns) and
 * parameters are not blobs of the net and not counted.
 */
export function caffeBlobBytes(net: Net): number {
  let numbers = 0;
  const seen = new Set<number>();
  for (const { type, bottoms, tops } of net.layers) {
    for (const top of tops) {
      if (seen.has(top) || bottoms.includes(top)) continue;
      seen.add(top);
      if (VIEWS.has(type.type)) continue;
      const { shape, needsDiff } = net.blobs[top]!;
      const size = shape.reduce((product, dim) => product * dim, 1);
      numbers += (type.type === 'Split' ? 0 : size) + (net.phase === 'TRAIN' && needsDiff ? size : 0);
    }
  }
  return 4 * numbers;
}
