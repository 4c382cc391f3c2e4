/** The plan in words and numbers, for `siamese plan` and for golden tests that diff it. */
import { caffeBlobBytes } from '../net/caffe-blobs.js';
import type { Net } from '../net/net-types.js';
import type { Plan, PlanTensor, TensorId } from './plan.js';
import { product } from './view.js';

export function printPlan(plan: Plan, net: Net): string {
  const names = new TensorNames(plan, net);
  const sections = [
    [
      `net "${plan.net}", phase ${plan.phase}: ${net.layers.length} layers, of which ${countComputed(plan, net)} compute`,
    ],
    printLayers(plan, names),
    printNotRun(plan, net),
    printBlobs(plan),
    printParams(plan, net),
    printBackward(plan),
    printTotals(plan, net),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

/** What runs, in order. F: forward, B: backward. */
function printLayers(plan: Plan, names: TensorNames): string[] {
  const rows = plan.layers.map(({ name, type, merged, attributes, bottoms, tops }, l) => {
    const runs = `${plan.forward.includes(l) ? 'F' : '-'}${plan.backward.includes(l) ? 'B' : '-'}`;
    const list = (slots: { data: TensorId }[]) => slots.map(({ data }) => names.of(data)).join(', ') || '-';
    const [top] = tops;
    const tensor = top && plan.tensors[top.data]!;
    const layout = tensor ? [showShape(tensor.shape), `split ${tensor.split}`] : ['', ''];
    const kind = [type, ...(attributes.relu ? ['ReLU'] : []), ...(attributes.pool_kernel ? ['Pooling'] : [])].join(
      ', ',
    );
    return [String(l), [name, ...(merged ?? [])].join(' + '), kind, runs, list(bottoms), '->', list(tops), ...layout];
  });
  return ['layers', ...align(rows, [0])];
}

/** Layers of the net that cost nothing, and why. */
function printNotRun(plan: Plan, net: Net): string[] {
  const computed = computedNames(plan);
  const rows = net.layers
    .filter(({ param }) => !computed.has(param.name ?? ''))
    .map(({ param, type, setup }) => {
      const why = setup.noop ? 'nothing to compute' : `views of ${param.bottom?.join(', ')}: ${param.top?.join(', ')}`;
      return [param.name ?? '', type.type, why];
    });
  return rows.length > 0 ? ['without computation', ...align(rows)] : [];
}

function printBlobs(plan: Plan): string[] {
  const place = (id: TensorId) => (id < 0 ? '-' : String(plan.tensors[id]!.offset));
  const rows = plan.blobs.map(({ name, data, diff, kept }) => {
    const { shape, split, pitch, items } = plan.tensors[data]!;
    const notes = [
      ...(kept ? ['kept'] : []),
      ...(items === undefined ? [] : [`items as ${plan.layers[items]!.name} says`]),
    ];
    return [name, showShape(shape), `split ${split}`, String(pitch), place(data), place(diff), notes.join(', ')];
  });
  return ['blobs', ...align([['name', 'shape', 'layout', 'pitch', 'data at', 'diff at', ''], ...rows], [3, 4, 5])];
}

function printParams(plan: Plan, net: Net): string[] {
  if (plan.params.length === 0) return [];
  const rows = plan.params.map(({ name, data, learnable, lr_mult, decay_mult }, id) => {
    const { shape, offset } = plan.tensors[data]!;
    const users = net.layers.filter(({ params }) => params.some((param) => param.id === id));
    const rates = learnable ? [`${lr_mult}`, `${decay_mult}`] : ['state', ''];
    return [
      name,
      showShape(shape),
      String(product(shape)),
      String(offset),
      ...rates,
      users.map(({ param }) => param.name).join(', '),
    ];
  });
  return [
    'params',
    ...align([['name', 'shape', 'count', 'at', 'lr_mult', 'decay_mult', 'layers'], ...rows], [2, 3, 4, 5]),
  ];
}

function printBackward(plan: Plan): string[] {
  if (plan.backward.length === 0) return [];
  return ['backward', ...wrap(plan.backward.map((l) => plan.layers[l]!.name))];
}

function printTotals(plan: Plan, net: Net): string[] {
  const learnable = plan.params.filter((param) => param.learnable);
  const count = (params: Plan['params']) =>
    params.reduce((sum, { data }) => sum + product(plan.tensors[data]!.shape), 0).toLocaleString('en-US');
  const lines = [
    `activations ${megabytes(plan.sizes.activation)}, parameters ${megabytes(plan.sizes.param)}` +
      (plan.backward.length > 0 ? ', gradients and each history as large as the parameters' : ''),
    `Caffe's blobs would take ${megabytes(caffeBlobBytes(net) / 4)}`,
    `${count(learnable)} learnable numbers in ${learnable.length} blobs`,
    ...plan.losses.map(({ data, weight }) => `loss: ${weight} x ${nameOf(plan, data)}`),
    ...plan.feeds.map(({ name, recordsPerPass }) => `feed: ${name}, ${recordsPerPass} records a pass`),
    `outputs: ${plan.outputs.join(', ') || 'none'}`,
  ];
  return ['totals', ...lines.map((line) => `  ${line}`)];
}

function countComputed(plan: Plan, net: Net): number {
  const computed = computedNames(plan);
  return net.layers.filter(({ param }) => computed.has(param.name ?? '')).length;
}

function computedNames(plan: Plan): Set<string> {
  return new Set(plan.layers.flatMap(({ name, merged, fused }) => [name, ...(merged ?? []), ...(fused ?? [])]));
}

function nameOf(plan: Plan, data: TensorId): string {
  return plan.blobs.find((blob) => blob.data === data)?.name ?? '(automatic)';
}

/** Names of tensors: a blob's, or those of the blobs that make up a stacked one. */
class TensorNames {
  private readonly known = new Map<TensorId, string>();

  constructor(
    private readonly plan: Plan,
    net: Net,
  ) {
    for (const { name, data } of [...plan.blobs].reverse()) this.known.set(data, name);
    const layers = new Map(net.layers.map(({ param }) => [param.name ?? '', param]));
    for (const { name, merged, fused, tops } of plan.layers) {
      const towers = [name, ...(merged ?? [])];
      // Of what was fused, the last layer of each tower makes the tops.
      const makers = fused ? fused.slice(-towers.length) : towers;
      for (const [t, { data }] of tops.entries()) {
        const parts = makers.map((maker) => layers.get(maker)?.top?.[t] ?? maker);
        if (!this.known.has(data)) this.known.set(data, parts.join('|'));
      }
    }
  }

  of(id: TensorId): string {
    return this.known.get(id) ?? showShape((this.plan.tensors[id] as PlanTensor).shape);
  }
}

function showShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join(' x ');
}

function megabytes(floats: number): string {
  return `${((floats * 4) / 1e6).toFixed(2)} MB`;
}

/** Columns padded to one width; `right` are set flush right. */
function align(rows: readonly string[][], right: readonly number[] = []): string[] {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  return rows.map((row) =>
    `  ${row.map((cell, c) => (right.includes(c) ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!))).join('  ')}`.trimEnd(),
  );
}

function wrap(words: readonly string[]): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line && line.length + word.length > 110) {
      lines.push(line);
      line = '';
    }
    line += `${line ? ', ' : '  '}${word}`;
  }
  return line ? [...lines, line] : lines;
}
