/** What a drawing of a net shows of each layer: a box of a few lines, coloured by what the layer is for. */
import type { Net, NetLayer } from '../net/net-types.js';
import { type LayerSummary, summarize } from '../net/summary.js';
import type { Color } from './picture.js';

export interface Box {
  /** Name, type with its options, output. */
  lines: string[];
  family: Family;
  /** Types of the layers that work in place on this one's top. */
  inPlace: string[];
  /** Number of the group of layers that share parameters, and the layer that owns them. */
  group?: number | undefined;
  sharedWith?: string | undefined;
}

export interface Connection {
  from: number;
  to: number;
  /** The blob's name, where the layer's own does not say it. */
  label: string;
}

export type Family = 'data' | 'learned' | 'pooling' | 'activation' | 'normalisation' | 'loss' | 'shape' | 'arithmetic';

export const FAMILIES: Readonly<Record<Family, { color: Color; name: string }>> = {
  data: { color: [252, 238, 190], name: 'data' },
  learned: { color: [198, 219, 242], name: 'learned weights' },
  pooling: { color: [253, 217, 181], name: 'pooling' },
  activation: { color: [205, 234, 200], name: 'activation' },
  normalisation: { color: [225, 210, 240], name: 'normalisation' },
  loss: { color: [247, 200, 200], name: 'loss or measure' },
  shape: { color: [229, 229, 229], name: 'shape' },
  arithmetic: { color: [203, 236, 236], name: 'arithmetic' },
};

const FAMILY_OF: Readonly<Record<string, Family>> = Object.fromEntries(
  (
    [
      ['data', 'Data DummyData HDF5Data ImageData Input MemoryData WindowData'],
      ['learned', 'Convolution Deconvolution InnerProduct Embed LSTM RNN Recurrent Parameter'],
      ['pooling', 'Pooling SPP'],
      ['activation', 'AbsVal BNLL Clip Dropout ELU Exp Log PReLU Power ReLU Sigmoid Softmax Swish TanH Threshold'],
      ['normalisation', 'BatchNorm LRN MVN Normalization1 Scale Bias'],
      ['shape', 'BatchReindex Concat Crop Filter Flatten Im2col Reshape Silence Slice Split Tile'],
      ['arithmetic', 'ArgMax Eltwise Reduction'],
    ] as const
  ).flatMap(([family, types]) => types.split(' ').map((type) => [type, family])),
);

export function netBoxes(net: Net): { boxes: Box[]; connections: Connection[] } {
  const layers = new Map(net.layers.map((layer) => [layer.param.name ?? '', layer]));
  const boxes: Box[] = [];
  const connections: Connection[] = [];
  /** Box that a blob comes from as things stand. */
  const makers = new Map<string, number>();
  const groups = shareGroups(net);
  for (const summary of summarize(net).layers) {
    const [bottom] = summary.bottoms;
    const from = bottom === undefined ? undefined : makers.get(bottom);
    const [top] = summary.tops;
    if (from !== undefined && top?.name === bottom && summary.bottoms.length === 1 && summary.params.length === 0) {
      boxes[from]!.inPlace.push(summary.type);
      continue;
    }
    const box = boxes.push(boxOf(summary, layers.get(summary.name)!, groups)) - 1;
    for (const blob of summary.bottoms) {
      const maker = makers.get(blob);
      if (maker !== undefined) connections.push({ from: maker, to: box, label: blob });
    }
    for (const { name } of summary.tops) makers.set(name, box);
  }
  // A layer with one top says its name itself, or nothing is gained by it.
  const several = new Set(boxes.flatMap((_, b) => (labels(connections, b).size > 1 ? [b] : [])));
  return { boxes, connections: connections.map((c) => (several.has(c.from) ? c : { ...c, label: '' })) };
}

const labels = (connections: readonly Connection[], box: number) =>
  new Set(connections.filter(({ from }) => from === box).map(({ label }) => label));

function boxOf(summary: LayerSummary, layer: NetLayer, groups: ReadonlyMap<number, number>): Box {
  const options = optionsOf(layer);
  const shapes = [...new Set(summary.tops.map(({ shape }) => shape.join(' x ') || 'scalar'))];
  const group = layer.params.map(({ id }) => groups.get(id)).find((g) => g !== undefined);
  const shared = summary.params.find((param) => param.shared !== undefined)?.shared;
  return {
    lines: [summary.name, options ? `${summary.type} ${options}` : summary.type, shapes.slice(0, 2).join(', ')].filter(
      Boolean,
    ),
    family:
      FAMILY_OF[summary.type] ??
      (layer.type.isLoss || /Accuracy|Decode|Loss/.test(summary.type) ? 'loss' : 'arithmetic'),
    inPlace: [],
    ...(group !== undefined && { group }),
    ...(shared !== undefined && { sharedWith: shared }),
  };
}

/** Parameter blobs that several layers use, numbered by the layers that use them. */
function shareGroups(net: Net): Map<number, number> {
  const numbers = new Map<string, number>();
  const groups = new Map<number, number>();
  for (const id of net.params.keys()) {
    const users = net.layers.filter(({ params }) => params.some((param) => param.id === id));
    if (users.length < 2) continue;
    const key = users.map(({ param }) => param.name).join('\n');
    if (!numbers.has(key)) numbers.set(key, numbers.size);
    groups.set(id, numbers.get(key)!);
  }
  return groups;
}

/** The options that one looks for in a drawing. */
function optionsOf({ type, setup, param }: NetLayer): string {
  const { kernel, stride, pad, dilation, group, pool } = setup.attributes as Record<string, number[] | number | string>;
  const several = (value: unknown) => [...new Set(value as number[])].join('x');
  const window = () => {
    const words = [(kernel as number[]).join('x')];
    if (several(stride) !== '1') words.push(`stride ${several(stride)}`);
    if (several(pad) !== '0') words.push(`pad ${several(pad)}`);
    if (dilation && several(dilation) !== '1') words.push(`dilation ${several(dilation)}`);
    if (group && group !== 1) words.push(`group ${group}`);
    return words.join(', ');
  };
  if (type.type === 'Convolution' || type.type === 'Deconvolution') return window();
  if (type.type === 'Pooling') return `${pool} ${param.pooling_param?.global_pooling ? 'all' : window()}`;
  if (type.type === 'Eltwise') return String(setup.attributes.operation);
  if (type.type === 'LRN') return `over ${setup.attributes.local_size}`;
  return '';
}
