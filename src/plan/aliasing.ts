/** Layers whose tops are parts of a bottom's memory, and where such sharing would show. */
import type { Draft, DraftLayer } from './draft.js';

/** All tops are views of the one bottom: nothing to compute, as long as views will do. */
export function isAllViews({ setup, tops, bottoms }: DraftLayer): boolean {
  const { views } = setup;
  return (
    bottoms.length === 1 &&
    views !== undefined &&
    tops.length > 0 &&
    tops.every((_, t) => views.some((v) => v.top === t))
  );
}

/** One top that is all of the bottom, in another shape perhaps: as in Caffe, the two are one memory, come what may. */
export function isWhole({ setup, tops }: DraftLayer): boolean {
  return tops.length === 1 && setup.views![0]!.axis === undefined;
}

/**
 * Blobs whose memory an in-place layer changes, in them or in a view of them. Split's or Slice's tops among these get
 * memory of their own, for others read the same floats.
 */
export function changedInPlace({ layers }: Draft): Set<number> {
  const changed = new Set<number>();
  for (const layer of [...layers].reverse()) {
    const { bottoms, tops, exclusive } = layer;
    for (const top of tops) if (bottoms.includes(top)) changed.add(top);
    if (isAllViews(layer) && (exclusive || isWhole(layer)) && tops.some((top) => changed.has(top)))
      changed.add(bottoms[0]!);
  }
  return changed;
}
