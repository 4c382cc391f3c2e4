/**
 * The towers pass: branches that share every parameter become one branch over a stacked batch.
 *
 * Each tower's blobs are then parts of the stacked ones, under their old names. Half the launches, twice the batch, no
 * second accumulation of gradients, and the same numbers to summation order.
 */
import type { Surroundings } from '../net/shapes.js';
import type { Draft, DraftBlob, DraftLayer, DraftName } from './draft.js';
import { findSeeds, growTowers, type Row, type Versions, versionsOf } from './tower-rows.js';

export function mergeTowers(draft: Draft, around: Surroundings): Draft {
  let merged = draft;
  const tried = new Set<string>();
  for (;;) {
    const seed = findSeeds(merged).find((members) => !tried.has(seedKey(merged, members)));
    if (!seed) return merged;
    tried.add(seedKey(merged, seed));
    const versions = versionsOf(merged);
    const rows = growTowers(merged, versions, seed, { phase: around.phase, labelCount: around.labelCount });
    if (rows.length > 0) merged = rewrite(merged, versions, rows) ?? merged;
  }
}

function seedKey({ layers }: Draft, members: readonly number[]): string {
  return members.map((member) => layers[member]!.name).join('\n');
}

/** The draft with each row as one layer; undefined where that would make a layer wait for itself. */
function rewrite(draft: Draft, versions: Versions, rows: readonly Row[]): Draft | undefined {
  const rowOf = new Map(rows.flatMap((row, r) => row.members.map((member) => [member, r] as const)));
  const order = sortNodes(draft, versions, rows, rowOf);
  if (!order) return undefined;
  const blobs: DraftBlob[] = [...draft.blobs];
  const layers: DraftLayer[] = [];
  const stackedOf = new Map<number, { stacked: number; start: number; length: number }>();
  const outside = new Set<number>();
  for (const { layer, row } of order) {
    if (row === undefined) layers.push(draft.layers[layer]!);
    else placeRow(rows[row]!);
  }
  const names = draft.names.map((name): DraftName => {
    const part = stackedOf.get(name.blob);
    return part && !outside.has(name.blob)
      ? { name: name.name, blob: part.stacked, start: part.start, length: part.length }
      : name;
  });
  return { blobs, layers, names };

  function placeRow({ members, setup, bottoms }: Row): void {
    const first = draft.layers[members[0]!]!;
    const towers = members.map((member) => draft.layers[member]!);
    const rowBottoms = first.bottoms.map((blob, b) =>
      bottoms[b]
        ? stackedOf.get(blob)!.stacked
        : stackOutside(
            towers.map((layer) => layer.bottoms[b]!),
            first,
            b,
          ),
    );
    const rowTops = first.tops.map((blob, t) => {
      const inPlace = first.bottoms.indexOf(blob);
      return inPlace >= 0 ? rowBottoms[inPlace]! : stackTops(towers.map((layer) => layer.tops[t]!));
    });
    const merged = towers.slice(1).map(({ name }) => name);
    layers.push({ ...first, setup, bottoms: rowBottoms, tops: rowTops, merged });
    first.tops.forEach((_, t) => {
      const readers = members.map((member) => versions.readers[versions.tops[member]![t]!]);
      if (readers.some((reader) => reader && !rowOf.has(reader.layer)))
        sliceForOutside(
          rowTops[t]!,
          towers.map((layer) => layer.tops[t]!),
        );
    });
  }

  function stackOutside(parts: number[], { backward, propagateDown }: DraftLayer, b: number): number {
    const [shape, name] = [draft.blobs[parts[0]!]!.shape, `stack_${draft.blobs[parts[0]!]!.name}`];
    const down = backward && propagateDown[b]!;
    const top = blobs.push({ name, shape: [shape[0]! * parts.length, ...shape.slice(1)], needsDiff: down }) - 1;
    layers.push(inserted(name, 'Stack', parts, [top], blobs, down, {}));
    return top;
  }

  function stackTops(parts: number[]): number {
    const { name, shape } = draft.blobs[parts[0]!]!;
    const needsDiff = parts.some((part) => draft.blobs[part]!.needsDiff);
    const stacked = blobs.push({ name, shape: [shape[0]! * parts.length, ...shape.slice(1)], needsDiff }) - 1;
    parts.forEach((part, t) => {
      stackedOf.set(part, { stacked, start: t * shape[0]!, length: shape[0]! });
    });
    return stacked;
  }

  /** Where the towers end: their last blobs, as parts of the stacked one. */
  function sliceForOutside(stacked: number, parts: number[]): void {
    const { name, shape, needsDiff } = blobs[stacked]!;
    const length = shape[0]! / parts.length;
    for (const part of parts) outside.add(part);
    layers.push(
      inserted(`unstack_${name}`, 'Slice', [stacked], parts, blobs, needsDiff, {
        layout: { split: 0 },
        views: parts.map((_, t) => ({ top: t, bottom: 0, axis: 0, start: t * length })),
      }),
    );
  }
}

function inserted(
  name: string,
  type: string,
  bottoms: number[],
  tops: number[],
  blobs: readonly DraftBlob[],
  backward: boolean,
  more: Partial<DraftLayer['setup']>,
): DraftLayer {
  return {
    name,
    type,
    setup: {
      tops: tops.map((top) => [...blobs[top]!.shape]),
      params: [],
      attributes: {},
      layout: 'any',
      backwardReads: { bottoms: [], tops: [] },
      ...more,
    },
    bottoms,
    tops,
    params: [],
    backward,
    propagateDown: bottoms.map(() => backward),
    lossWeights: tops.map(() => 0),
    exclusive: true,
  };
}

/** Layers and rows so that each comes after what it reads; otherwise in the net's order, a row with its first tower. */
function sortNodes(
  draft: Draft,
  versions: Versions,
  rows: readonly Row[],
  rowOf: ReadonlyMap<number, number>,
): { layer: number; row?: number }[] | undefined {
  const nodeOf = (layer: number) => rows[rowOf.get(layer) ?? -1]?.members[0] ?? layer;
  const needs = new Map<number, Set<number>>();
  draft.layers.forEach((_, l) => {
    const node = nodeOf(l);
    const needed = needs.get(node) ?? new Set();
    needs.set(node, needed);
    for (const version of versions.bottoms[l]!) needed.add(nodeOf(versions.producers[version]!.layer));
  });
  const order: { layer: number; row?: number }[] = [];
  const placed = new Set<number>();
  let waiting = [...needs.keys()].sort((a, b) => a - b);
  while (waiting.length > 0) {
    const late = waiting.filter((node) => {
      if ([...needs.get(node)!].some((needed) => !placed.has(needed))) return true;
      placed.add(node);
      const row = rowOf.get(node);
      order.push(row === undefined ? { layer: node } : { layer: node, row });
      return false;
    });
    if (late.length === waiting.length) return undefined;
    waiting = late;
  }
  return order;
}
