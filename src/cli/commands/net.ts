/** siamese net: layers, shapes, parameters, sharing, memory and operations of a net. */
import { sharingWarnings } from '../../net/sharing.js';
import { type LayerSummary, type NetSummary, summarize } from '../../net/summary.js';
import { compile } from '../../plan/compile.js';
import type { Plan } from '../../plan/plan.js';
import { planSolver } from '../../solver/settings.js';
import type { Call } from '../call.js';
import { type DescribedNet, describeNet, nameOf } from '../described-nets.js';

export async function run(call: Call): Promise<number> {
  const { terminal } = call;
  const described = await describeNet(call);
  const summary = summarize(described.net);
  const memory = memoryOf(described);
  const warnings = sharingWarnings(described.net);
  for (const warning of warnings) terminal.warn(warning);
  if (terminal.json) {
    const told = warnings.map(({ message, at, layer }) => ({ message, layer, file: at?.file, line: at?.line }));
    terminal.outJson('siamese.net/1', { ...summary, name: nameOf(described), memory, warnings: told });
    return 0;
  }
  terminal.out(`${nameOf(described)}, phase ${summary.phase}`);
  for (const line of table(summary)) terminal.out(line);
  for (const line of totals(summary, memory)) terminal.out(line);
  return 0;
}

interface Memory {
  activations: number;
  parameters: number;
  /** Gradients and the solver's history, in training. */
  training: number;
}

/** Histories of the update rules, each as large as the parameters. */
const HISTORIES: Readonly<Record<string, number>> = { Adam: 2, AdamW: 2, AdaDelta: 2 };

/** Bytes that a run here takes for the net, records and buffers of layers not counted. */
function memoryOf({ net, request }: DescribedNet): Memory {
  const train = net.phase === 'TRAIN';
  const solver = train ? planSolver(request.solver ?? {}) : undefined;
  const { sizes }: Plan = compile(net, { train, ...(solver && { solver }) });
  const parameters = 4 * sizes.param;
  const training = solver ? parameters * (1 + (HISTORIES[solver.type] ?? 1)) : 0;
  return { activations: 4 * sizes.activation, parameters, training };
}

function table({ layers }: NetSummary): string[] {
  const rows = layers.map((layer) => [
    layer.name,
    layer.type,
    layer.tops.map(({ shape }) => shape.join(' x ') || 'scalar').join(', '),
    parameterCell(layer),
    sharedCell(layer),
    mega(layer.forward),
    mega(layer.backward),
  ]);
  const head = ['layer', 'type', 'output', 'parameters', 'shared with', 'MFLOP forward', 'backward'];
  const right = [3, 5, 6];
  const widths = head.map((title, c) => Math.max(title.length, ...rows.map((row) => row[c]!.length)));
  return [head, ...rows].map((row) =>
    `  ${row.map((cell, c) => (right.includes(c) ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!))).join('  ')}`.trimEnd(),
  );
}

function parameterCell({ params }: LayerSummary): string {
  return params.length > 0 ? whole(params.reduce((sum, { count }) => sum + count, 0)) : '';
}

function sharedCell({ params }: LayerSummary): string {
  const owners = new Set(params.flatMap(({ shared }) => shared ?? []));
  const part = params.some(({ shared }) => shared === undefined) ? ' (in part)' : '';
  return owners.size > 0 ? [...owners].join(', ') + part : '';
}

function totals(summary: NetSummary, memory: Memory): string[] {
  const { parameters, state, saved, batch, flops, caffeBlobBytes } = summary;
  const train = summary.phase === 'TRAIN';
  const both = flops.forward + flops.backward;
  const training = memory.training > 0 ? `, gradients and history ${bytes(memory.training)}` : '';
  return [
    `parameters  ${whole(parameters)} learnable${state ? `, ${whole(state)} of running statistics` : ''}` +
      `${saved ? `; sharing saves ${whole(saved)}` : ''}`,
    `memory      activations ${bytes(memory.activations)}, parameters ${bytes(memory.parameters)}${training}; ` +
      `Caffe's blobs would take ${bytes(caffeBlobBytes)}`,
    `operations  ${giga(flops.forward)} forward${train ? `, ${giga(flops.backward)} backward` : ''} for a batch of ${batch}; ` +
      `${mega(both / batch)} MFLOP for one`,
  ];
}

const whole = (n: number) => n.toLocaleString('en-US');

function mega(flops: number): string {
  const value = flops / 1e6;
  return flops === 0 ? '' : value.toFixed(value >= 100 ? 0 : value >= 1 ? 1 : 3);
}

function giga(flops: number): string {
  return flops >= 1e9 ? `${(flops / 1e9).toFixed(2)} GFLOP` : `${mega(flops) || '0'} MFLOP`;
}

function bytes(n: number): string {
  if (n >= 1e9) return `${(n / 1e9).toFixed(2)} GB`;
  return n >= 1e6 ? `${(n / 1e6).toFixed(1)} MB` : `${Math.ceil(n / 1e3)} kB`;
}
