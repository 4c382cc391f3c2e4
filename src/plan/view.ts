/** Views of memory and the arithmetic on them: which part, which shape, which layout needs no copy. */

/** A piece of an arena, placed by the memory plan. */
export interface Storage {
  /** Floats. */
  size: number;
  /** First and last step that uses it; steps count through forward, then backward. Infinity: for good. */
  start: number;
  end: number;
  offset: number;
}

/** A PlanTensor whose place is not known yet; see plan.ts for split and pitch. */
export interface View {
  storage: Storage;
  /** Floats from the start of the storage. */
  offset: number;
  shape: readonly number[];
  split: number;
  pitch: number;
  /** Which Filter says how many items of axis 0 there are; see NetBlob. */
  items?: number | undefined;
}

/** Floats of a cache line, and of the widest vectors. */
export const ALIGNMENT = 16;

export function product(shape: readonly number[], from = 0, to = shape.length): number {
  let n = 1;
  for (let i = from; i < to; i++) n *= shape[i]!;
  return n;
}

export function alignUp(floats: number): number {
  return Math.ceil(floats / ALIGNMENT) * ALIGNMENT;
}

/** Rows whose steps are a multiple of four kilobytes fall into few sets of a cache: some more floats spread them over all. */
const CROWDED = 1024;

function pitchOf(cols: number): number {
  const aligned = alignUp(cols);
  return aligned % CROWDED === 0 ? aligned + ALIGNMENT : aligned;
}

/** A blob cannot have more axes innermost than it has. */
export function clampSplit(split: number, shape: readonly number[]): number {
  return Math.min(split, shape.length);
}

/** A view of fresh memory. Rows of images are aligned where that costs little. */
export function allocate(shape: readonly number[], wantedSplit: number, items?: number): View {
  const split = clampSplit(wantedSplit, shape);
  const [cols, rows] = [product(shape, 0, split), product(shape, split)];
  const pitch = split === 1 && rows > 1 && cols >= ALIGNMENT ? pitchOf(cols) : cols;
  const storage = { size: rows * pitch, start: Infinity, end: -Infinity, offset: -1 };
  return { storage, offset: 0, shape, split, pitch, ...(items !== undefined && { items }) };
}

/** Elements [start, start + length) of one axis, or undefined where these are not one matrix. */
export function rangeOf(view: View, axis: number, start: number, length: number): View | undefined {
  const { shape, split, pitch } = view;
  const part = shape.map((dim, a) => (a === axis ? length : dim));
  if (length === shape[axis]) return { ...view, shape: part };
  const inRows = axis >= split;
  if (product(shape, inRows ? split : 0, axis) !== 1) return undefined;
  const step = inRows ? product(shape, axis + 1) * pitch : product(shape, axis + 1, split);
  return { ...view, offset: view.offset + start * step, shape: part };
}

/** The same elements, in Caffe's order, as another shape; undefined where memory has them in another order. */
export function reshape(view: View, shape: readonly number[]): View | undefined {
  const { split } = view;
  const sameColumns = split <= shape.length && view.shape.slice(0, split).every((dim, a) => dim === shape[a]);
  if (sameColumns) return { ...view, shape };
  const caffe = inSplit(view, 0);
  return caffe && caffe.pitch === 1 ? { ...caffe, shape } : undefined;
}

/** The same elements in another layout; undefined where memory has them in another order. */
export function inSplit(view: View, wantedSplit: number): View | undefined {
  const { shape } = view;
  const split = clampSplit(wantedSplit, shape);
  if (split === view.split) return view;
  const [low, high] = split < view.split ? [split, view.split] : [view.split, split];
  const moved = product(shape, low, high);
  if (moved === 1) return { ...view, split };
  if (product(shape, 0, low) * product(shape, high) !== 1) return undefined;
  // One row of `moved` columns, or `moved` rows of one column: the same floats if these are adjacent.
  if (split === low) return { ...view, split, pitch: 1 };
  return view.pitch === 1 ? { ...view, split, pitch: moved } : undefined;
}

/** The view that `parts` make together along axis 0 when they lie side by side in memory. */
export function joinBatches(parts: readonly View[]): View | undefined {
  const [first, ...others] = parts;
  if (!first || first.shape.length === 0) return undefined;
  const { shape, split, pitch } = first;
  const step = product(shape, 0, Math.max(split, 1)) * (split === 0 ? product(shape, 1) : 1);
  const adjacent = others.every(
    (part, i) =>
      part.storage === first.storage &&
      part.split === split &&
      part.pitch === pitch &&
      part.shape.join() === shape.join() &&
      part.offset === first.offset + (i + 1) * step,
  );
  if (!adjacent || (split > 0 && parts.length * step > pitch)) return undefined;
  return { ...first, shape: [shape[0]! * parts.length, ...shape.slice(1)] };
}
