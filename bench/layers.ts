/** Times single layers, each as a net of its own: GFLOP/s by direction. The engine's own clock, so nothing of Node is in it. */
import { buildNet, compile, Engine, parseText } from 'siamese';
import { median } from './alternate.js';

interface LayerCase {
  name: string;
  /** Of the bottom, without the batch. */
  shape: number[];
  /** Bodies of the layers, the first on the bottom: `type: "ReLU"`. */
  layers: string[];
  /** Multiplications and additions of one direction, for one image. */
  flop: number;
  /** The data of the first layer of a net takes no gradient. */
  first?: boolean;
}

function conv(
  name: string,
  shape: number[],
  outputs: number,
  options: string,
  flop: number,
  more: Partial<LayerCase> = {},
) {
  const layer = `type: "Convolution" convolution_param { num_output: ${outputs} ${options} }`;
  return { name, shape, layers: [layer], flop, ...more };
}

const POOL = 'type: "Pooling" pooling_param { pool: MAX kernel_size: 2 stride: 2 }';

function product(name: string, inputs: number, outputs: number): LayerCase {
  const layer = `type: "InnerProduct" inner_product_param { num_output: ${outputs} }`;
  return { name, shape: [inputs], layers: [layer], flop: 2 * inputs * outputs };
}

const MNIST: LayerCase[] = [
  conv('conv1 5x5 1-20', [1, 28, 28], 20, 'kernel_size: 5', 2 * 25 * 20 * 576, { first: true }),
  conv('conv2 5x5 20-50', [20, 12, 12], 50, 'kernel_size: 5', 2 * 500 * 50 * 64),
  { ...conv('conv1, pooling', [1, 28, 28], 20, 'kernel_size: 5', 2 * 25 * 20 * 576, { first: true }) },
  { ...conv('conv2, pooling', [20, 12, 12], 50, 'kernel_size: 5', 2 * 500 * 50 * 64) },
  product('ip1 800-500', 800, 500),
  product('ip2 500-10', 500, 10),
];
for (const pooled of MNIST.slice(2, 4)) pooled.layers.push(POOL);

const LARGE: LayerCase[] = [
  conv('AlexNet conv1 11x11/4', [3, 227, 227], 96, 'kernel_size: 11 stride: 4', 2 * 363 * 96 * 3025, { first: true }),
  conv('AlexNet conv2 5x5 g2', [96, 27, 27], 256, 'kernel_size: 5 pad: 2 group: 2', 2 * 1200 * 256 * 729),
  product('AlexNet fc6', 9216, 4096),
  conv('ResNet 3x3 64, 56x56', [64, 56, 56], 64, 'kernel_size: 3 pad: 1', 2 * 576 * 64 * 3136),
  conv('ResNet 1x1 64-256, 56x56', [64, 56, 56], 256, 'kernel_size: 1', 2 * 64 * 256 * 3136),
  conv('ResNet 3x3 256, 14x14', [256, 14, 14], 256, 'kernel_size: 3 pad: 1', 2 * 2304 * 256 * 196),
  conv('ResNet 3x3 512, 7x7', [512, 7, 7], 512, 'kernel_size: 3 pad: 1', 2 * 4608 * 512 * 49),
];

/** `set` is mnist or large. Prints best and median of the samples; backward counts the weights' and the data's gradient. */
export async function benchLayers(set: string, batch: number, threads: number[], samples: number): Promise<void> {
  const cases = set === 'large' ? LARGE : MNIST;
  console.log(`batch ${batch}: best ms, median ms, GFLOP/s at best; ${samples} samples`);
  for (const count of threads) {
    for (const one of cases) console.log(`${count} threads  ${await time(one, batch, count, samples)}`);
  }
}

async function time(one: LayerCase, batch: number, threads: number, samples: number): Promise<string> {
  const times = await timeNet(netText(one, batch), threads, samples);
  const flop = one.flop * batch;
  const show = (list: number[], work: number) => {
    const best = Math.min(...list);
    return [best.toFixed(3), median(list).toFixed(3), (work / best / 1e6).toFixed(0)]
      .map((t) => t.padStart(9))
      .join('');
  };
  const back = show(times.backward, flop * (one.first ? 1 : 2));
  return `${one.name.padEnd(26)} forward${show(times.forward, flop)}   backward${back}`;
}

interface LayerTimes {
  forward: number[];
  backward: number[];
}

/** Milliseconds of the layers whose names begin with "tested", and of those that became a part of them. */
async function timeNet(text: string, threads: number, samples: number): Promise<LayerTimes> {
  const net = buildNet(parseText('NetParameter', text, 'the bench').message, { phase: 'TRAIN' });
  const plan = compile(net, { train: false, backward: true });
  const engine = new Engine(plan, { threads, seed: 1 });
  const times: LayerTimes = { forward: [], backward: [] };
  const timed = plan.layers.flatMap(({ name }, l) => (name.startsWith('tested') ? [l] : []));
  plan.params.forEach((_, p) => {
    engine.writeParam(
      p,
      engine.readParam(p).map((_zero, i) => Math.sin(i)),
    );
  });
  engine.write(
    'bottom',
    engine.read('bottom').map((_zero, i) => Math.cos(i)),
  );
  try {
    for (let i = -2; i < samples; i++) {
      engine.profile(true);
      await engine.run({ count: 1, mode: 'forward-backward', feeds: [] });
      const nanoseconds = engine.profile(false);
      if (i < 0) continue;
      times.forward.push(timed.reduce((sum, l) => sum + nanoseconds[l]!, 0) / 1e6);
      times.backward.push(timed.reduce((sum, l) => sum + nanoseconds[plan.layers.length + l]!, 0) / 1e6);
    }
  } finally {
    engine.dispose();
  }
  return times;
}

/** A square convolution without bias. */
export interface Convolution {
  name: string;
  channels: number;
  size: number;
  outputs: number;
  kernel: number;
  stride: number;
  pad: number;
  group: number;
}

export function timeConvolution(one: Convolution, batch: number, threads: number, samples: number) {
  const { channels, size, outputs, kernel, stride, pad, group } = one;
  const options = `num_output: ${outputs} kernel_size: ${kernel} stride: ${stride} pad: ${pad} group: ${group} bias_term: false`;
  const layers = [`type: "Convolution" convolution_param { ${options} }`];
  const shape = [channels, size, size];
  return timeNet(netText({ name: one.name, shape, layers, flop: 0, first: channels < 4 }, batch), threads, samples);
}

function netText({ shape, layers, first }: LayerCase, batch: number): string {
  const dims = [batch, ...shape].map((dim) => `dim: ${dim}`).join(' ');
  const lines = layers.map((layer, i) => {
    const [bottom, top] = [i === 0 ? 'bottom' : `top${i - 1}`, i === layers.length - 1 ? 'top' : `top${i}`];
    return `layer { name: "tested${i}" bottom: "${bottom}" top: "${top}" ${i === layers.length - 1 ? 'loss_weight: 1' : ''} ${layer} }`;
  });
  const input = `layer { name: "in" type: "Input" top: "bottom" input_param { shape { ${dims} } } }`;
  return [first ? '' : 'force_backward: true', input, ...lines].join('\n');
}
