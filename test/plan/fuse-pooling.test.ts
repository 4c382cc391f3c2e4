/** Which poolings are computed by the convolution before them, and that nothing but speed and memory tells. */
import { Engine } from '../../src/engine/engine.js';
import { type CompileOptions, compile } from '../../src/plan/compile.js';
import { printPlan } from '../../src/plan/print.js';
import { expectClose } from '../layers/close';
import { net } from '../net/nets.js';

interface Between {
  conv?: string;
  relu?: string;
  pool?: string;
  more?: string;
  top?: string;
  images?: number;
  force?: boolean;
}

const RELU = 'layer { name: "relu" type: "ReLU" bottom: "c" top: "c" }';

function text({
  conv = 'pad: 1',
  relu = '',
  pool = '',
  more = '',
  top = '',
  images = 19,
  force = true,
}: Between = {}): string {
  return `${force ? 'force_backward: true' : ''}
    layer { name: "in" type: "Input" top: "x" input_param { shape { dim: ${images} dim: 3 dim: 7 dim: 6 } } }
    layer { name: "conv" type: "Convolution" bottom: "x" top: "c"
            convolution_param { num_output: 5 kernel_size: 3 ${conv} weight_filler { type: "xavier" } } }
    ${relu}
    layer { name: "pool" type: "Pooling" bottom: "c" top: "p" ${top} pooling_param { ${pool || 'kernel_size: 2 stride: 2'} } }
    ${more}
    layer { name: "ip" type: "InnerProduct" bottom: "p" top: "y" loss_weight: 1 inner_product_param { num_output: 2 } }`;
}

function layers(between: Between, options: Partial<CompileOptions> = {}) {
  return compile(net(text(between)), { train: true, ...options }).layers;
}

const isFused = (between: Between, options: Partial<CompileOptions> = {}) =>
  !layers(between, options).some(({ type }) => type === 'Pooling');

test('the blob between has no memory, and is not there to be read', () => {
  const built = net(text());
  const plan = compile(built, { train: true });
  expect(plan.blobs.map(({ name }) => name)).not.toContain('c');
  expect(plan.layers.find(({ name }) => name === 'conv')).toMatchObject({
    attributes: { pool_kernel: [2, 2], pool_stride: [2, 2] },
    fused: ['pool'],
  });
  expect(printPlan(plan, built)).toMatch(/conv +Convolution, Pooling +FB/);
  const apart = compile(built, { train: true, fuse: false });
  expect(plan.sizes.activation).toBeLessThan(apart.sizes.activation / 2);
});

test('a ReLU between them goes too', () => {
  const [conv] = layers({ relu: RELU }).filter(({ name }) => name === 'conv');
  expect(conv).toMatchObject({ attributes: { relu: true, pool_kernel: [2, 2] }, fused: ['relu', 'pool'] });
  expect(layers({ relu: RELU }).map(({ type }) => type)).not.toContain('ReLU');
});

test.each<[string, Between, Partial<CompileOptions>]>([
  ['when told not to', {}, { fuse: false }],
  ['when the blob is to stay readable', {}, { keep: ['c'] }],
  ['when all blobs are', {}, { keep: 'all' }],
  ['when it is handed out', {}, { outputs: ['c'] }],
  ['when windows overlap', { pool: 'kernel_size: 3 stride: 2' }, {}],
  ['with padding', { pool: 'kernel_size: 2 stride: 2 pad: 1' }, {}],
  ['of averages', { pool: 'pool: AVE kernel_size: 2 stride: 2' }, {}],
  ['of windows larger than there is room for', { pool: 'kernel_size: 6 stride: 6' }, {}],
  ['of windows outside the image', { pool: 'kernel_size: 1 stride: 5' }, {}],
  ['with a slope', { relu: RELU.replace('"ReLU"', '"ReLU" relu_param { negative_slope: 0.1 }') }, {}],
  ['when another layer reads the blob', { more: 'layer { name: "q" type: "Power" bottom: "c" top: "q" }' }, {}],
  ['when the places are asked for', { top: 'top: "places"' }, {}],
])('not %s', (_, between, options) => {
  expect(isFused({})).toBe(true);
  expect(isFused(between, options)).toBe(false);
});

test('another blob that is to stay readable does not hinder it', () => {
  expect(isFused({}, { keep: ['p'] })).toBe(true);
});

/** Gradients of everything below, from the same inputs and weights. */
async function compute(between: Between, fuse: boolean, threads: number) {
  const plan = compile(net(text(between)), { train: false, backward: true, keep: ['x', 'p', 'y'], fuse });
  using engine = new Engine(plan, { threads, seed: 1 });
  engine.write(
    'x',
    Float32Array.from(engine.read('x'), (_, i) => Math.sin(i * i + 1)),
  );
  plan.params.forEach((_, p) => {
    engine.writeParam(
      p,
      engine.readParam(p).map((_zero, i) => Math.cos(3 * i + p)),
    );
  });
  await engine.run({ count: 1, mode: 'forward-backward', feeds: [] });
  return {
    fused: !plan.layers.some(({ type }) => type === 'Pooling'),
    arrays: [
      engine.read('p'),
      engine.read('y'),
      ...plan.params.map((_, p) => engine.readParam(p, 'diff')),
      ...(between.force === false ? [] : [engine.read('x', 'diff')]),
    ],
  };
}

test.each<[string, Between]>([
  ['windows side by side', {}],
  ['windows cut off at the edge', { pool: 'kernel_size: 4 stride: 4' }],
  ['places between windows', { pool: 'kernel_h: 1 kernel_w: 2 stride_h: 2 stride_w: 4' }],
  ['a ReLU', { relu: RELU }],
  ['a ReLU after the pooling', { more: RELU.replace(/"c"/g, '"p"') }],
  ['groups and stride', { conv: 'group: 1 stride: 2 pad: 2' }],
  ['one image', { images: 1 }],
  ['more images than a chunk', { images: 1030 }],
  ['no gradient of the data', { force: false }],
  ['no gradient of the data, more images than a chunk', { force: false, images: 1030 }],
])('%s: the same numbers as apart', async (_, between) => {
  const [together, apart] = [await compute(between, true, 2), await compute(between, false, 2)];
  expect([together.fused, apart.fused]).toEqual([true, false]);
  together.arrays.forEach((array, i) => {
    // The order of some sums differs, as chunks begin elsewhere.
    expectClose(array, apart.arrays[i]!, 1e-5, `array ${i}`);
  });
  expect((await compute(between, true, 3)).arrays).toEqual(together.arrays);
});
