/** Runs one layer as a net of its own, through the public way: prototxt, net, plan, engine; and gives back all it wrote. */
import { isDeepStrictEqual as isEqual } from 'node:util';
import { Engine } from '../../src/engine/engine';
import type { Device } from '../../src/engine/native';
import type { Phase } from '../../src/layers/layer';
import { buildNet } from '../../src/net/net';
import type { Net } from '../../src/net/net-types';
import { compile } from '../../src/plan/compile';
import type { Plan } from '../../src/plan/plan';
import { parseText } from '../../src/proto/text';

export interface Values {
  shape: readonly number[];
  data: ArrayLike<number>;
}

export interface LayerCase {
  /** The body of `layer { ... }`, without bottoms and tops: `type: "ReLU"`. */
  layer: string;
  bottoms: Values[];
  /** Number of tops; 1 unless said. */
  tops?: number;
  /** Blobs of the layer; the fillers' (zeros) unless said. */
  params?: ArrayLike<number>[];
  /** Gradients of the tops: given, backward runs. A loss's own weight stands: undefined. */
  topDiffs?: (ArrayLike<number> | undefined)[];
  /** Bottoms that take no gradient beyond those that never do. */
  frozen?: boolean[];
  inPlace?: boolean;
  phase?: Phase;
  labelCount?: number;
  threads?: number;
  seed?: number;
}

export interface LayerRun {
  tops: { shape: number[]; data: Float32Array }[];
  /** Undefined where there is no gradient. */
  bottomDiffs: (Float32Array | undefined)[];
  paramDiffs: (Float32Array | undefined)[];
  paramsAfter: Float32Array[];
  loss: number;
}

/** A layer that stays open, to run again with other bottoms. */
export interface OpenLayer {
  net: Net;
  plan: Plan;
  engine: Engine;
  run(bottoms?: (ArrayLike<number> | undefined)[]): Promise<LayerRun>;
}

const LAYER = 'tested';

/** test/cuda runs these cases once more, on a GPU or on its emulation. */
const DEVICE: Device = { type: process.env.SIAMESE_TEST_DEVICE === 'cuda' ? 'cuda' : 'cpu' };

export async function runLayer(layerCase: LayerCase): Promise<LayerRun> {
  const open = openLayer(layerCase);
  try {
    const run = await open.run();
    if (DEVICE.type === 'cuda') await replay(open, run);
    return run;
  } finally {
    open.engine.dispose();
  }
}

/** The second pass of a GPU is recorded, the third played: a layer that keeps nothing computes the same, bit by bit. */
async function replay(open: OpenLayer, first: LayerRun): Promise<void> {
  for (let pass = 2; pass <= 3; pass++) {
    const again = await open.run();
    const state = open.plan.layers.some(({ name }) => name === LAYER) && open.engine.readState(LAYER).length > 0;
    const keeps = state || !isEqual(again.paramsAfter, first.paramsAfter);
    if (!keeps && !isEqual(again, first)) throw new Error(`pass ${pass} computes something else than the first`);
  }
}

export function openLayer(layerCase: LayerCase): OpenLayer {
  const backward = layerCase.topDiffs !== undefined;
  const phase = layerCase.phase ?? 'TRAIN';
  const net = buildNet(parseText('NetParameter', netText(layerCase), 'layer.prototxt').message, {
    phase,
    ...(layerCase.labelCount === undefined ? {} : { labelCount: layerCase.labelCount }),
  });
  const plan = compile(net, { train: false, backward, keep: 'all', device: DEVICE.type });
  const engine = new Engine(plan, { threads: layerCase.threads ?? 2, seed: layerCase.seed ?? 1, device: DEVICE });
  writeConstants(layerCase, net, engine);
  return {
    net,
    plan,
    engine,
    async run(bottoms = []) {
      layerCase.bottoms.forEach(({ data }, i) => {
        engine.write(`bottom${i}`, Float32Array.from(bottoms[i] ?? data));
      });
      const losses = new Float32Array(1);
      await engine.run({ count: 1, mode: backward ? 'forward-backward' : 'forward', feeds: [], losses });
      return { ...readAll(layerCase, net, engine), loss: losses[0]! };
    },
  };
}

/**
 * The layer between Input layers and, for each given gradient, a product with a constant of that value whose sum is the
 * loss: so the gradient that comes down to the top is the constant.
 */
export function netText(layerCase: LayerCase): string {
  const { bottoms, layer, topDiffs = [], frozen = [] } = layerCase;
  const shape = (dims: readonly number[]) => `shape { ${dims.map((dim) => `dim: ${dim}`).join(' ')} }`;
  const lines = bottoms.map(
    (b, i) => `layer { name: "in${i}" type: "Input" top: "bottom${i}" input_param { ${shape(b.shape)} } }`,
  );
  const tops = topNames(layerCase);
  const ends = [...bottoms.map((_, i) => `bottom: "bottom${i}"`), ...tops.map((top) => `top: "${top}"`)];
  const down = frozen.some(Boolean) ? bottoms.map((_, i) => `propagate_down: ${!frozen[i]}`) : [];
  lines.push(`layer { name: "${LAYER}" ${[...ends, ...down].join(' ')} ${layer} }`);
  const shapes = topDiffs.some(Boolean) ? topShapes(layerCase) : [];
  topDiffs.forEach((diff, i) => {
    if (!diff) return;
    const dims = shapes[i]!;
    lines.push(
      `layer { name: "inw${i}" type: "Input" top: "weight${i}" input_param { ${shape(dims)} } }`,
      `layer { name: "weigh${i}" type: "Eltwise" bottom: "${tops[i]}" bottom: "weight${i}" top: "weighed${i}" ` +
        'propagate_down: true propagate_down: false loss_weight: 1 eltwise_param { operation: PROD } }',
    );
  });
  return [...(topDiffs.length > 0 ? ['force_backward: true'] : []), ...lines].join('\n');
}

function topNames({ tops = 1, inPlace }: LayerCase): string[] {
  return Array.from({ length: tops }, (_, i) => (inPlace && i === 0 ? 'bottom0' : `top${i}`));
}

/** The shapes that the layer gives its tops, from a net that ends there. */
export function topShapes(layerCase: LayerCase): (readonly number[])[] {
  const { topDiffs: _, ...forward } = layerCase;
  const text = netText(forward);
  const net = buildNet(parseText('NetParameter', text, 'layer.prototxt').message, {
    phase: layerCase.phase ?? 'TRAIN',
    ...(layerCase.labelCount === undefined ? {} : { labelCount: layerCase.labelCount }),
  });
  return topNames(layerCase).map((top) => net.blobs.find(({ name }) => name === top)!.shape);
}

/** Numbers of the tested layer's own blobs, in net.params and plan.params. */
function paramsOf(net: Net): number[] {
  return net.layers.find(({ param }) => param.name === LAYER)!.params.map(({ id }) => id);
}

function writeConstants({ params = [], topDiffs = [] }: LayerCase, net: Net, engine: Engine): void {
  const ids = paramsOf(net);
  params.forEach((values, p) => {
    engine.writeParam(ids[p]!, Float32Array.from(values));
  });
  topDiffs.forEach((diff, i) => {
    if (diff) engine.write(`weight${i}`, Float32Array.from(diff));
  });
}

function readAll(layerCase: LayerCase, net: Net, engine: Engine): Omit<LayerRun, 'loss'> {
  const { plan } = engine;
  const diff = (name: string) =>
    plan.blobs.find((blob) => blob.name === name)!.diff < 0 ? undefined : engine.read(name, 'diff');
  const ids = paramsOf(net);
  const learnable = (id: number) => layerCase.topDiffs !== undefined && plan.params[id]!.learnable;
  return {
    tops: topNames(layerCase).map((name) => ({
      shape: [...net.blobs.find((blob) => blob.name === name)!.shape],
      data: engine.read(name),
    })),
    bottomDiffs: layerCase.bottoms.map((_, i) => diff(`bottom${i}`)),
    paramDiffs: ids.map((id) => (learnable(id) ? engine.readParam(id, 'diff') : undefined)),
    paramsAfter: ids.map((id) => engine.readParam(id)),
  };
}
