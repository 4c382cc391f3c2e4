/** Finds towers: which layers are the same computation, with the same parameters, on different inputs. */

import { SiameseError } from '../errors.js';
import type { LayerSetup } from '../layers/layer.js';
import { phaseOf, type Surroundings, setUp } from '../net/shapes.js';
import type { LayerParameter } from '../proto/messages.js';
import type { Draft, DraftLayer } from './draft.js';

/** One layer of each tower, and the setup of the one that will stand for them. */
export interface Row {
  /** Into Draft.layers, by tower. */
  members: number[];
  setup: LayerSetup;
  /** Per bottom: the row and top that all towers read, or undefined where they read blobs from outside. */
  bottoms: ({ row: number; top: number } | undefined)[];
}

/** A blob as one layer leaves it: an in-place layer makes a new version. */
export interface Versions {
  bottoms: number[][];
  tops: number[][];
  /** Per version: who makes it and who reads it. After Split insertion there is at most one reader. */
  producers: { layer: number; top: number }[];
  readers: ({ layer: number; bottom: number } | undefined)[];
}

export function versionsOf({ layers }: Draft): Versions {
  const current = new Map<number, number>();
  const versions: Versions = { bottoms: [], tops: [], producers: [], readers: [] };
  layers.forEach((layer, l) => {
    versions.bottoms.push(
      layer.bottoms.map((blob, bottom) => {
        const version = current.get(blob)!;
        versions.readers[version] = { layer: l, bottom };
        return version;
      }),
    );
    versions.tops.push(
      layer.tops.map((blob, top) => {
        versions.producers.push({ layer: l, top });
        current.set(blob, versions.producers.length - 1);
        return versions.producers.length - 1;
      }),
    );
  });
  return versions;
}

/** Sets of two or more layers of one type that share all of their parameters: where towers begin. */
export function findSeeds({ layers }: Draft): number[][] {
  const byParams = new Map<string, number[]>();
  layers.forEach((layer, l) => {
    if (layer.params.length === 0 || !layer.source) return;
    const key = [layer.type, ...layer.params.map(({ id }) => id)].join();
    byParams.set(key, [...(byParams.get(key) ?? []), l]);
  });
  return [...byParams.values()].filter((members) => members.length > 1);
}

/** Follows the towers from a seed as far as they stay alike. Empty when the seed itself does not qualify. */
export function growTowers(draft: Draft, versions: Versions, seed: number[], around: Surroundings): Row[] {
  const rows: Row[] = [];
  /** By version: the row, top and tower that make it. */
  const inside = new Map<number, { row: number; top: number; tower: number }>();
  const taken = new Set<number>();
  const waiting = new Map<number, number[]>([[seed[0]!, seed]]);
  while (waiting.size > 0) {
    // In the net's order, so that all rows above a candidate are decided before it.
    const first = Math.min(...waiting.keys());
    const members = waiting.get(first)!;
    waiting.delete(first);
    if (members.some((member) => taken.has(member)) || new Set(members).size < members.length) continue;
    const bottoms = commonBottoms(members, versions, inside);
    const setup = bottoms && mergedSetup(draft, members, bottoms, around);
    if (!setup) continue;
    rows.push({ members, setup, bottoms });
    members.forEach((member, tower) => {
      taken.add(member);
      for (const [top, version] of versions.tops[member]!.entries())
        inside.set(version, { row: rows.length - 1, top, tower });
    });
    draft.layers[first]!.tops.forEach((_, top) => {
      const readers = members.map((member) => versions.readers[versions.tops[member]![top]!]);
      const [reader] = readers;
      if (!reader || readers.some((other) => other?.bottom !== reader.bottom)) return;
      waiting.set(
        reader.layer,
        readers.map((other) => other!.layer),
      );
    });
  }
  return rows;
}

/** What each bottom of the row reads; undefined when the towers read different things. */
function commonBottoms(
  members: readonly number[],
  versions: Versions,
  inside: ReadonlyMap<number, { row: number; top: number; tower: number }>,
): Row['bottoms'] | undefined {
  const read = members.map((member) => versions.bottoms[member]!.map((version) => inside.get(version)));
  const [first] = read;
  const alike = read.every(
    (bottoms, tower) =>
      bottoms.length === first!.length &&
      bottoms.every((from, b) => {
        const model = first![b];
        return from ? from.tower === tower && from.row === model?.row && from.top === model.top : !model;
      }),
  );
  return alike ? first!.map((from) => from && { row: from.row, top: from.top }) : undefined;
}

/** The setup of the layer over the stacked batch, or undefined where merging would change what the net means. */
function mergedSetup(
  draft: Draft,
  members: readonly number[],
  bottoms: Row['bottoms'],
  around: Surroundings,
): LayerSetup | undefined {
  const layers = members.map((member) => draft.layers[member]!);
  const first = layers[0]!;
  const shapesOf = (layer: DraftLayer) => layer.bottoms.map((blob) => draft.blobs[blob]!.shape);
  const batch = shapesOf(first)[0]?.[0];
  // Items that come through a Filter are not as many as the shape says, and cannot be stacked.
  if (layers.some(({ bottoms: from, tops }) => [...from, ...tops].some((b) => draft.blobs[b]!.items !== undefined)))
    return undefined;
  if (!first.source || batch === undefined) return undefined;
  const { type, param } = first.source;
  if (layers.some((layer) => !isMergeable(layer, around))) return undefined;
  if (layers.some((layer) => signature(layer, shapesOf(layer)) !== signature(first, shapesOf(first)))) return undefined;
  // In place on a blob from outside would change what others see of it.
  if (first.bottoms.some((blob, b) => first.tops.includes(blob) && !bottoms[b])) return undefined;
  if ([...shapesOf(first), ...first.setup.tops].some((shape) => shape[0] !== batch)) return undefined;
  if (worksAlongBatch(param, type.options, shapesOf(first)[0]!.length)) return undefined;
  const stack = (shape: readonly number[]) => [batch * members.length, ...shape.slice(1)];
  const stacked = first.bottoms.map((blob) => ({
    name: draft.blobs[blob]!.name,
    shape: stack(draft.blobs[blob]!.shape),
  }));
  const names = first.tops.map((blob) => draft.blobs[blob]!.name);
  const setup = trySetUp(() => setUp(param, type, stacked, names, around));
  const asExpected =
    setup?.tops.every((shape, t) => shape.join() === stack(first.setup.tops[t]!).join()) &&
    setup.params.every(({ shape }, p) => shape.join() === first.setup.params[p]!.shape.join());
  return asExpected ? setup : undefined;
}

function isMergeable({ source, setup, lossWeights }: DraftLayer, around: Surroundings): boolean {
  if (!source || setup.noop || lossWeights.some(Boolean)) return false;
  if (setup.params.some(({ learnable }) => learnable === false)) return false;
  const { batchDependent, options } = source.type;
  if (options === 'recurrent_param') return false; // axis 0 is time there
  const phase = phaseOf(source.param, around);
  return !(typeof batchDependent === 'function' ? batchDependent(source.param, phase) : batchDependent);
}

/** Equal for layers that do the same work, forward and backward. */
function signature(layer: DraftLayer, shapes: readonly (readonly number[])[]): string {
  const { type, setup, params, backward, propagateDown, bottoms, tops } = layer;
  const inPlace = tops.map((top) => bottoms.indexOf(top));
  const { attributes, layout, views, backwardReads } = setup;
  return JSON.stringify([
    type,
    shapes,
    setup.tops,
    params,
    backward,
    propagateDown,
    inPlace,
    attributes,
    layout,
    views,
    backwardReads,
  ]);
}

/** A Softmax over axis 0, say: shapes would fit, numbers would not. */
function worksAlongBatch(param: LayerParameter, options: string | undefined, axes: number): boolean {
  const given = options && (param[options as keyof LayerParameter] as { axis?: number } | undefined);
  const axis = given ? given.axis : undefined;
  return axis !== undefined && (axis < 0 ? axis + axes : axis) === 0;
}

/** A layer that refuses the stacked shapes (a Reshape to a fixed batch) is no tower layer. */
function trySetUp(attempt: () => LayerSetup): LayerSetup | undefined {
  try {
    return attempt();
  } catch (error) {
    if (error instanceof SiameseError && error.code === 'input') return undefined;
    throw error;
  }
}
