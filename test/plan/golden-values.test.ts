/** Whole nets in the engine, every blob and gradient against the original Caffe's: with towers merged and not. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Engine } from '../../src/engine/engine.js';
import { buildNet } from '../../src/net/net.js';
import type { Net } from '../../src/net/net-types.js';
import { type CompileOptions, compile } from '../../src/plan/compile.js';
import { readNet } from '../../src/proto/files.js';
import type { LayerParameter, NetParameter } from '../../src/proto/messages.js';

interface GoldBlob {
  role: 'blob' | 'param';
  index: number;
  kind: 'data' | 'diff';
  name: string;
  shape: number[];
  count: number;
  offset: number;
  values: Float32Array;
}

interface Gold {
  phase: 'TRAIN' | 'TEST';
  loss: number;
  blobs: GoldBlob[];
}

/** Of the largest element: float32 sums in another order than Caffe's differ by some 1e-6. */
const TOLERANCE = 1e-5;
jest.setTimeout(60_000); // the first test loads the addon, on a machine that may be busy
const GOLDEN = path.join(__dirname, '..', 'golden');

function readGold(file: string): Gold {
  const stored = readFileSync(file);
  const bytes = file.endsWith('.gz') ? gunzipSync(stored) : stored;
  const raw = 12 + bytes.readUInt32LE(8);
  const gold = JSON.parse(bytes.toString('utf8', 12, raw)) as Gold;
  for (const blob of gold.blobs) {
    const start = bytes.byteOffset + raw + blob.offset;
    blob.values = new Float32Array(bytes.buffer.slice(start, start + 4 * blob.count));
  }
  return gold;
}

/** The net with Input layers in place of those that read or make data. */
function withInputs(param: NetParameter, gold: Gold): NetParameter {
  const shapeOf = (blob: string) => gold.blobs.find(({ name, role }) => role === 'blob' && name === blob)!.shape;
  const layer = param.layer!.map((given): LayerParameter => {
    if (given.type !== 'DummyData' && given.type !== 'Data') return given;
    const { name, top, include } = given;
    return { name, top, include, type: 'Input', input_param: { shape: top!.map((blob) => ({ dim: shapeOf(blob) })) } };
  });
  return { ...param, layer };
}

async function check(net: Net, gold: Gold, options: Partial<CompileOptions>): Promise<number> {
  const backward = gold.blobs.some(({ kind }) => kind === 'diff');
  const plan = compile(net, { train: false, backward, keep: 'all', ...options });
  using engine = new Engine(plan, { threads: 1 });
  const find = (role: GoldBlob['role'], kind: GoldBlob['kind'], name: string, index?: number) =>
    gold.blobs.find(
      (b) => b.role === role && b.kind === kind && b.name === name && (index === undefined || b.index === index),
    )?.values;
  for (const { type, tops } of net.layers) {
    if (type.type === 'Input')
      for (const top of tops) engine.write(net.blobs[top]!.name, find('blob', 'data', net.blobs[top]!.name)!);
  }
  plan.params.forEach(({ layer, index }, p) => {
    engine.writeParam(p, find('param', 'data', layer, index)!);
  });
  const losses = new Float32Array(1);
  await engine.run({ count: 1, mode: backward ? 'forward-backward' : 'forward', feeds: [], losses });
  compare('loss', losses, Float32Array.of(gold.loss));
  let compared = 0;
  for (const { name, diff } of plan.blobs) {
    compare(`data of ${name}`, engine.read(name), find('blob', 'data', name)!);
    if (diff >= 0) compare(`diff of ${name}`, engine.read(name, 'diff'), find('blob', 'diff', name)!);
    compared += diff >= 0 ? 2 : 1;
  }
  for (const [p, { diff, layer, index }] of plan.params.entries()) {
    if (diff < 0 || !backward) continue;
    // The last bias of two towers has the gradient 0: its parts cancel, to rounding. So the layer's weights give the scale.
    const gradients = gold.blobs.filter((b) => b.role === 'param' && b.kind === 'diff' && b.name === layer);
    const scale = Math.max(...gradients.map(({ values }) => largest(values)));
    compare(`gradient of ${layer}/${index}`, engine.readParam(p, 'diff'), find('param', 'diff', layer, index)!, scale);
    compared++;
  }
  return compared;
}

function compare(what: string, actual: Float32Array, expected: Float32Array, scale = largest(expected)): void {
  const worst = actual.findIndex((value, i) => !(Math.abs(value - expected[i]!) <= TOLERANCE * scale));
  if (actual.length === expected.length && worst < 0) return;
  throw new Error(`${what}: element ${worst} of ${actual.length} is ${actual[worst]}, not ${expected[worst]}`);
}

function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
}

const names = readdirSync(path.join(GOLDEN, 'nets'))
  .filter((file) => file.endsWith('.gold'))
  .map((file) => path.parse(file).name);

test.each(names)('%s', async (name) => {
  const gold = readGold(path.join(GOLDEN, 'nets', `${name}.gold`));
  const { message } = readNet(path.join(GOLDEN, 'nets', `${name}.prototxt`));
  const net = buildNet(withInputs(message, gold), { phase: gold.phase });
  expect(await check(net, gold, {})).toBeGreaterThan(4);
});

describe.each([true, false])('the small siamese net, towers merged: %s', (towers) => {
  test.each(['onebatch_init', 'onebatch_sgd100'])('%s', async (name) => {
    const gold = readGold(path.join(GOLDEN, 'mini', `${name}.gold.gz`));
    const { message } = readNet(path.join(GOLDEN, 'mini', 'onebatch.prototxt'));
    const net = buildNet(withInputs(message, gold), { phase: gold.phase });
    expect(await check(net, gold, { towers })).toBeGreaterThan(30);
  });
});
