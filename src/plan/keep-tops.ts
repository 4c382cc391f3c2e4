/** Gives what an in-place layer writes a blob of its own where a layer before it still needs its top as it was, for backward. */
import { isAllViews } from './aliasing.js';
import type { Draft, DraftBlob, DraftLayer } from './draft.js';

/**
 * Native layers that look at their top again where Caffe's keep something apart, a mask or a copy. Of the others (Sigmoid,
 * Softmax, ...) Caffe's look at it too, and see what a layer in place has made of it.
 */
const READERS: ReadonlySet<string> = new Set(['Eltwise', 'LSTM', 'Normalization1', 'Pooling', 'RNN']);

/**
 * MAX pooling, for one, finds its maxima again by comparing bottom and top: a BatchNorm in place on the top would make it find
 * none. The names of blobs stand for the last version, as in Caffe.
 */
export function keepTops(draft: Draft): Draft {
  const blobs: DraftBlob[] = [...draft.blobs];
  const readers = new Map<number, DraftLayer>();
  const last = new Map<number, number>();
  const now = (blob: number) => last.get(blob) ?? blob;
  const layers = draft.layers.map((layer): DraftLayer => {
    const bottoms = layer.bottoms.map(now);
    const tops = layer.tops.map((top) => {
      const blob = now(top);
      const reader = readers.get(blob);
      if (!reader || !layer.bottoms.includes(top) || !disturbs(layer, reader)) return blob;
      last.set(top, blobs.push({ ...blobs[blob]!, changes: blob }) - 1);
      return now(top);
    });
    const reader = isAllViews(layer) ? readers.get(bottoms[0]!) : READERS.has(layer.type) && layer.backward && layer;
    if (reader) for (const t of reader === layer ? readTops(layer) : tops.keys()) readers.set(tops[t]!, reader);
    return { ...layer, bottoms, tops };
  });
  return { blobs, layers, names: draft.names.map((name) => ({ ...name, blob: now(name.blob) })) };
}

function readTops({ setup, tops }: DraftLayer): Iterable<number> {
  return setup.backwardReads?.tops ?? tops.keys();
}

/** Where ReLU makes a 0 of a maximum it lets no gradient through, so that nobody looks for it. */
function disturbs({ type, setup }: DraftLayer, reader: DraftLayer): boolean {
  return !(type === 'ReLU' && setup.attributes.negative_slope === 0 && reader.type === 'Pooling');
}
