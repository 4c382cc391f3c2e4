/** Gives every blob a layout and memory to view: inserts Relayout where layers disagree, and no copy where a view will do. */
import { changedInPlace, isAllViews, isWhole } from './aliasing.js';
import type { Draft, DraftLayer } from './draft.js';
import type { Laid, Operation, Slot } from './operation.js';
import { allocate, clampSplit, inSplit, joinBatches, rangeOf, reshape, type View } from './view.js';

/** The batch innermost, unless a layer demands something else. */
const DEFAULT_SPLIT = 1;

export interface LayoutOptions {
  /** Every blob's gradient must be there at the end of the pass, which costs a few copies. */
  exact: boolean;
  /**
   * asked: in the split that the layers ask for, for a CPU, whose vectors run along the innermost axis. caffe: all in
   * Caffe's order, for a GPU, whose threads reach any row as easily; each layer sees the split that it asks for.
   */
  memory: 'asked' | 'caffe';
}

export function layOut(draft: Draft, options: LayoutOptions): Laid {
  const layouter = new Layouter(draft, options);
  for (const layer of draft.layers) layouter.place(layer);
  return layouter.laid();
}

class Layouter {
  private readonly operations: Operation[] = [];
  /** Where the program puts its inputs: what is read first, not a later copy in another layout. */
  private readonly filled = new Map<number, View>();
  /** Where each blob is now: an in-place layer after a Relayout moves it. */
  private readonly current: Slot[] = [];
  /** Where its gradient ends up: in the memory of its first version. */
  private readonly firstDiff: (View | undefined)[] = [];
  private readonly changed: ReadonlySet<number>;
  /** Blobs whose gradient an in-place layer changes, further down the backward pass. */
  private readonly unsteady = new Set<number>();
  private readonly clobbered = new Set<number>();

  private readonly exact: boolean;
  private readonly defaultSplit: number;

  constructor(
    private readonly draft: Draft,
    private readonly options: LayoutOptions,
  ) {
    this.changed = changedInPlace(draft);
    this.exact = options.exact;
    this.defaultSplit = options.memory === 'caffe' ? 0 : DEFAULT_SPLIT;
  }

  /** The split that the layer's blobs must lie in. */
  private wanted(layer: DraftLayer): number | undefined {
    return this.options.memory === 'caffe' ? 0 : wantedSplit(layer);
  }

  laid(): Laid {
    const blobs = this.draft.blobs.map((_, b) => {
      const slot = this.current[b];
      return slot && { data: this.filled.get(b) ?? slot.data, diff: this.firstDiff[b] };
    });
    return { operations: this.operations, blobs, filled: [...this.filled.keys()], clobbered: this.clobbered };
  }

  place(layer: DraftLayer): void {
    if (layer.setup.noop) this.placeNothing(layer);
    else if (layer.type === 'Stack') this.placeStack(layer);
    else if (isAllViews(layer)) this.placeViews(layer);
    else this.placeComputing(layer);
  }

  /** Input's tops are the program's; Silence has none. */
  private placeNothing(layer: DraftLayer): void {
    for (const top of layer.tops) {
      const reader = this.draft.layers.find(({ bottoms }) => bottoms.includes(top));
      this.set(top, this.fresh(top, this.wanted(layer) ?? (reader && wantedSplit(reader)) ?? this.defaultSplit));
      this.filled.set(top, this.current[top]!.data);
    }
  }

  private placeComputing(layer: DraftLayer): void {
    const split = this.wanted(layer) ?? this.current[layer.bottoms[0] ?? -1]?.data.split ?? this.defaultSplit;
    const bottoms = layer.bottoms.map((bottom, b) => this.relayout(bottom, split, layer.propagateDown[b]!));
    for (const top of layer.tops) if (!layer.bottoms.includes(top)) this.set(top, this.fresh(top, split));
    if (layer.backward) for (const top of layer.tops) if (layer.bottoms.includes(top)) this.unsteady.add(top);
    this.emit(layer, bottoms, true, layer.backward);
  }

  /** Towers' inputs that lie side by side already need no copy. */
  private placeStack(layer: DraftLayer): void {
    const top = layer.tops[0]!;
    const split = this.current[layer.bottoms[0]!]!.data.split;
    const bottoms = layer.bottoms.map((bottom, b) => this.relayout(bottom, split, layer.propagateDown[b]!));
    const data = this.changed.has(top) ? undefined : joinBatches(bottoms.map((bottom) => bottom.data));
    const diffs = bottoms.flatMap((bottom) => bottom.diff ?? []);
    const diff = data && layer.backward && diffs.length === bottoms.length ? joinBatches(diffs) : undefined;
    const fresh = this.fresh(top, split);
    this.set(top, { data: data ?? fresh.data, diff: diff ?? fresh.diff });
    this.emit(layer, bottoms, !data, layer.backward && !diff);
  }

  private placeViews(layer: DraftLayer): void {
    const bottom = layer.bottoms[0]!;
    const backward = layer.backward && this.current[bottom]!.diff !== undefined;
    const kind = backward ? this.diffKind(layer) : 'none';
    const mayView = layer.exclusive || isWhole(layer) || !layer.tops.some((top) => this.changed.has(top));
    let slots = mayView && kind !== 'compute' ? this.viewSlots(layer, kind) : undefined;
    if (!slots) {
      // In the layout that the layer demands (Caffe's own, for a Reshape) the parts are views, or the native layer copies.
      this.relayout(bottom, this.wanted(layer) ?? (isWhole(layer) ? 0 : this.current[bottom]!.data.split), backward);
      slots = mayView ? this.viewSlots(layer, kind) : undefined;
    }
    const copies = !slots;
    slots ??= layer.tops.map((top) => this.fresh(top, this.current[bottom]!.data.split));
    layer.tops.forEach((top, t) => {
      this.set(top, slots[t]!);
    });
    if (!copies && kind === 'view') this.passUnsteadiness(layer);
    const computes = backward && (kind === 'compute' || kind === 'sum' || copies);
    this.emit(layer, [this.current[bottom]!], copies, computes);
  }

  /** How the gradient of a layer of views gets back: nothing to do, a sum of several tops, or the native layer's work. */
  private diffKind(layer: DraftLayer): 'view' | 'sum' | 'compute' {
    const live = layer.tops.filter((top) => this.draft.blobs[top]!.needsDiff).length;
    const ranges = layer.setup.views!.some((view) => view.axis !== undefined);
    const own = this.exact && this.unsteady.has(layer.bottoms[0]!) && !layer.exclusive && !isWhole(layer);
    if (ranges) return live === layer.tops.length && !own ? 'view' : 'compute';
    return live === 1 && !own ? 'view' : 'sum';
  }

  /** In Caffe a Reshape's two gradients are one memory as here; those of a Split or a Slice are not. */
  private passUnsteadiness(layer: DraftLayer): void {
    const bottom = layer.bottoms[0]!;
    if (!this.unsteady.has(bottom)) return;
    for (const top of layer.tops) {
      this.unsteady.add(top);
      if ((!layer.exclusive && !isWhole(layer)) || this.clobbered.has(bottom)) this.clobbered.add(top);
    }
  }

  /** Tops as views of the bottom, or undefined where its present layout does not allow that. */
  private viewSlots(layer: DraftLayer, kind: 'none' | 'view' | 'sum' | 'compute'): Slot[] | undefined {
    const { data, diff } = this.current[layer.bottoms[0]!]!;
    const slots: Slot[] = [];
    for (const [t, top] of layer.tops.entries()) {
      const { shape, needsDiff, items } = this.draft.blobs[top]!;
      const spec = layer.setup.views!.find((view) => view.top === t)!;
      const cut = (view: View) =>
        spec.axis === undefined ? reshape(view, shape) : rangeOf(view, spec.axis, spec.start ?? 0, shape[spec.axis]!);
      const topData = cut(data);
      if (!topData) return undefined;
      let topDiff: View | undefined;
      if (needsDiff) topDiff = kind === 'view' && diff ? cut(diff) : allocate(shape, topData.split, items);
      if (needsDiff && topDiff?.split !== topData.split) return undefined;
      slots.push({ data: topData, diff: topDiff });
    }
    return slots;
  }

  /** The blob in that layout, by a copy if need be; the copy is the blob from now on, for its one reader. */
  private relayout(blob: number, wanted: number, backward: boolean): Slot {
    const from = this.current[blob]!;
    const split = clampSplit(wanted, from.data.shape);
    if (from.data.split === split) return from;
    const data = inSplit(from.data, split);
    const diff = from.diff && inSplit(from.diff, split);
    const to = data && !from.diff === !diff ? { data, diff } : this.fresh(blob, split);
    this.current[blob] = to;
    if (to.data !== data) {
      const name = `relayout_${this.draft.blobs[blob]!.name}`;
      const rest = { attributes: {}, params: [], backwardReads: [] };
      this.operations.push({ name, type: 'Relayout', bottoms: [from], tops: [to], forward: true, backward, ...rest });
    }
    return to;
  }

  private fresh(blob: number, split: number): Slot {
    const { shape, needsDiff, items } = this.draft.blobs[blob]!;
    return { data: allocate(shape, split, items), diff: needsDiff ? allocate(shape, split, items) : undefined };
  }

  private set(blob: number, slot: Slot): void {
    this.current[blob] = slot;
    this.firstDiff[blob] ??= slot.diff;
  }

  private emit(layer: DraftLayer, bottomSlots: Slot[], forward: boolean, backward: boolean): void {
    if (!forward && !backward) return;
    const { name, type, at, params, merged, fused, setup, counts } = layer;
    const bottoms = bottomSlots.map(({ data, diff }, b) => ({ data, diff: layer.propagateDown[b] ? diff : undefined }));
    const tops = layer.tops.map((top) => this.current[top]!);
    const reads = setup.backwardReads;
    const read = (slots: Slot[], which?: number[]) =>
      (which ? which.map((i) => slots[i]!) : slots).map(({ data }) => data);
    const backwardReads = backward ? [...read(bottoms, reads?.bottoms), ...read(tops, reads?.tops)] : [];
    const { attributes } = setup;
    this.operations.push({
      name,
      type,
      at,
      bottoms,
      tops,
      params,
      attributes,
      forward,
      backward,
      backwardReads,
      counts,
      merged,
      fused,
      ...(this.options.memory === 'caffe' && { seen: wantedSplit(layer) }),
    });
  }
}

function wantedSplit({ setup: { layout } }: DraftLayer): number | undefined {
  return layout === 'any' ? undefined : layout.split;
}
