/** What the engine computes is the same with batch normalisation, scale and ReLU as one layer and as three. */
import { Engine } from '../../src/engine/engine.js';
import { buildNet } from '../../src/net/net.js';
import { compile } from '../../src/plan/compile.js';
import { parseText } from '../../src/proto/text.js';

const input = (shape: string) => `layer { name: "in" type: "Input" top: "x" input_param { shape { ${shape} } } }`;
const norm = (top: string, more = '') => `layer { name: "n" type: "BatchNorm" bottom: "c" top: "${top}" ${more} }`;
const scale = (top: string, bias: boolean) =>
  `layer { name: "s" type: "Scale" bottom: "${top}" top: "${top}" scale_param { bias_term: ${bias} } }`;
const relu = (top: string) => `layer { name: "r" type: "ReLU" bottom: "${top}" top: "${top}" }`;
const conv =
  'layer { name: "c" type: "Convolution" bottom: "x" top: "c" convolution_param { num_output: 5 kernel_size: 1 } }';
const loss = (top: string) => `layer { name: "t" type: "Reduction" bottom: "${top}" top: "l" loss_weight: 1
  reduction_param { operation: SUMSQ } }`;

const TRAIN = { phase: 'TRAIN', backward: true } as const;

test.each([
  ['out of place', 'n', true, 'dim: 3 dim: 2 dim: 5 dim: 3', TRAIN],
  ['in place', 'c', true, 'dim: 3 dim: 2 dim: 5 dim: 3', TRAIN],
  ['without a bias', 'n', false, 'dim: 1 dim: 2 dim: 7 dim: 7', TRAIN],
  ['rows that are padded', 'n', true, 'dim: 37 dim: 2 dim: 3 dim: 3', TRAIN],
  ['rows that are padded, in place', 'c', true, 'dim: 37 dim: 2 dim: 3 dim: 3', TRAIN],
  ['testing', 'c', true, 'dim: 3 dim: 2 dim: 5 dim: 3', { phase: 'TEST', backward: false }],
  ['training by running sums', 'c', true, 'dim: 3 dim: 2 dim: 5 dim: 3', { ...TRAIN, global: true }],
] as const)('%s', async (_, top, bias, shape, { phase, backward, ...rest }) => {
  const global = 'global' in rest ? 'batch_norm_param { use_global_stats: true }' : '';
  const text = input(shape) + conv + norm(top, global) + scale(top, bias) + relu(top) + loss(top);
  const net = buildNet(parseText('NetParameter', text, 'net').message, { phase });
  const results = await Promise.all([run(true), run(false)]);
  const [fused, apart] = results as [Float32Array[], Float32Array[]];
  expect(fused).toHaveLength(apart.length);
  // Sums of some hundred terms in another order. Normalised, the convolution's bias has no gradient at all and its weights
  // a small one: differences of sums as large as the largest gradient, whose rounding is what they have.
  const size = Math.max(...apart.flatMap((values) => [...values].map(Math.abs)));
  for (const [i, values] of fused.entries()) {
    for (const [j, value] of values.entries()) expect(Math.abs(value - apart[i]![j]!)).toBeLessThan(2e-6 * size);
  }

  async function run(fuse: boolean): Promise<Float32Array[]> {
    const plan = compile(net, { train: phase === 'TRAIN', backward, fuse, outputs: ['l'] });
    expect(plan.layers.some(({ type }) => type === 'Scale')).toBe(!fuse);
    using engine = new Engine(plan, { threads: 2 });
    const filled = (length: number, p: number) =>
      Float32Array.from({ length }, (_value, i) => Math.sin(7 * i + p) + (p > 0 ? 1.3 : 0));
    engine.write(
      'x',
      filled(
        net.blobs[0]!.shape.reduce((a, b) => a * b, 1),
        0,
      ),
    );
    for (const p of plan.params.keys()) engine.writeParam(p, filled(engine.readParam(p).length, p + 1));
    const outputs = new Float32Array(1);
    await engine.run({ count: 1, mode: backward ? 'forward-backward' : 'forward', feeds: [], outputs });
    const gradients = backward
      ? plan.params.flatMap(({ diff }, p) => (diff >= 0 ? [engine.readParam(p, 'diff')] : []))
      : [];
    const params = plan.params.map((_param, p) => engine.readParam(p));
    expect(gradients.length > 0).toBe(backward);
    return [outputs, ...gradients, ...params];
  }
});
