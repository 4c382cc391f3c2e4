/** A net in numbers: layers, shapes, parameters and who shares them, memory and floating-point operations. */
import { caffeBlobBytes } from './caffe-blobs.js';
import { type Flops, flopsOf } from './flops.js';
import type { Net, NetLayer } from './net-types.js';

export interface LayerSummary extends Flops {
  name: string;
  type: string;
  bottoms: string[];
  tops: { name: string; shape: number[] }[];
  /** `shared`: the layer that owns the blob, if it is another. */
  params: { name: string; shape: number[]; count: number; learnable: boolean; shared?: string | undefined }[];
}

export interface NetSummary {
  name: string;
  phase: 'TRAIN' | 'TEST';
  /** Without the Split layers that Caffe inserts. */
  layers: LayerSummary[];
  /** Numbers that training changes, each shared one once. */
  parameters: number;
  /** Numbers that layers keep besides: running statistics. */
  state: number;
  /** Parameters counted for each layer that uses them, less `parameters`: what sharing saves. */
  saved: number;
  /** Images, or pairs, of a pass: the first axis of the first blob. */
  batch: number;
  /** Caffe's "Memory required for data": bytes of all tops, Splits included. */
  caffeDataBytes: number;
  /** Bytes of data and diff of all blobs as Caffe allocates them. */
  caffeBlobBytes: number;
  flops: Flops;
}

export function summarize(net: Net): NetSummary {
  const trains = net.phase === 'TRAIN';
  const flops = net.layers.map((layer) => {
    const { forward, backward } = flopsOf(net, layer);
    return { forward, backward: trains ? backward : 0 };
  });
  const sources = splitSources(net);
  const layers = net.layers.flatMap((layer, l) => {
    return isInserted(layer) ? [] : [summaryOf(net, layer, flops[l]!, sources)];
  });
  const sum = (counts: readonly number[]) => counts.reduce((total, n) => total + n, 0);
  const owned = (state: boolean) => sum(net.params.filter((p) => isState(net, p) === state).map((p) => count(p.shape)));
  const params = layers.flatMap((layer) => layer.params);
  return {
    name: net.name,
    phase: net.phase,
    layers,
    parameters: owned(false),
    state: owned(true),
    saved: sum(params.filter(({ shared }) => shared !== undefined).map((param) => param.count)),
    batch: net.blobs[net.layers[0]?.tops[0] ?? -1]?.shape[0] ?? 1,
    caffeDataBytes: 4 * sum(net.layers.flatMap(({ setup }) => setup.tops).map(count)),
    caffeBlobBytes: caffeBlobBytes(net),
    flops: { forward: sum(flops.map((f) => f.forward)), backward: sum(flops.map((f) => f.backward)) },
  };
}

function summaryOf(
  net: Net,
  { param, type, tops, params, setup }: NetLayer,
  flops: Flops,
  sources: ReadonlyMap<string, string>,
): LayerSummary {
  return {
    name: param.name ?? '',
    type: type.type,
    bottoms: (param.bottom ?? []).map((blob) => sources.get(blob) ?? blob),
    tops: tops.map((blob, t) => ({ name: net.blobs[blob]!.name, shape: setup.tops[t]! })),
    params: params.map(({ id, owner, shape }) => {
      const own = net.params[id]!;
      return {
        name: own.name,
        shape: [...shape],
        count: count(shape),
        learnable: !isState(net, own),
        ...(!owner && { shared: net.layers[own.layer]!.param.name ?? '' }),
      };
    }),
    ...flops,
  };
}

/** The blob behind each top of an inserted Split. */
function splitSources(net: Net): Map<string, string> {
  const splits = net.layers.filter(isInserted);
  return new Map(splits.flatMap(({ param }) => (param.top ?? []).map((top) => [top, param.bottom![0]!] as const)));
}

/** Split layers that the net did not name itself have Caffe's names: `<blob>_<layer>_<top>_split`. */
function isInserted({ param, type }: NetLayer): boolean {
  return type.type === 'Split' && /_\d+_split$/.test(param.name ?? '');
}

/** Running statistics and centroids: saved with the parameters, but no solver changes them. */
function isState(net: Net, { learnable, layer, index }: Net['params'][number]): boolean {
  return !learnable || index < (net.layers[layer]!.type.fixedParams ?? 0);
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}
