/** ONNX files run in onnxruntime give the encodings that the engine gives, for every layer type that can be exported. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RecordSet } from '../../src/engine/native';
import { layerTypes } from '../../src/layers/index';
import { Encoder, untrainedWeights } from '../../src/match/index';
import { exportOnnx } from '../../src/match/onnx/export';
import { TO_ONNX } from '../../src/match/onnx/layers';
import type { Weights } from '../../src/proto/files';
import { parseNet } from '../../src/proto/files';
import { decode } from '../../src/proto/schema';
import { recurrentTower, unitTower } from './onnx-sequences';

/** It has binaries for common platforms only; on others these tests are skipped. */
const hasRuntime = (() => {
  try {
    execFileSync(process.execPath, ['-e', 'require("onnxruntime-node")'], { cwd: __dirname, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
const withRuntime = hasRuntime ? test : test.skip;

jest.setTimeout(120_000);
const folder = mkdtempSync(path.join(tmpdir(), 'siamese-onnx-'));
afterAll(() => rmSync(folder, { recursive: true }));

const COUNT = 3;

function records(channels: number, height: number, width: number): RecordSet {
  const size = channels * height * width;
  const bytes = Uint8Array.from({ length: COUNT * size }, (_, i) => ((i * 7919) ^ (i >> 3)) % 256);
  return { bytes, labels: new Float32Array(COUNT), count: COUNT, channels, height, width };
}

/** Parameters of plausible size, so that no layer hides another: variances above 0, all else around it. */
function lively(weights: Weights): Weights {
  for (const { type, blobs } of weights.layers) {
    blobs.forEach((blob, b) => {
      const scale = 1 / Math.sqrt(Math.max(1, blob.data.length / (blob.shape[0] ?? 1)));
      for (const i of blob.data.keys()) {
        const wave = Math.sin(1 + 12.9898 * i + 78.233 * b);
        blob.data[i] = type === 'BatchNorm' ? (b === 2 ? 2 : b === 1 ? 1.5 + wave : wave) : wave * scale + 0.05;
      }
    });
  }
  return weights;
}

interface Case {
  text: string;
  shape?: [number, number, number];
  mean?: Float32Array;
  /** Else the top of the last layer. */
  encoding?: string;
}

/** Our encodings of a case; leaves its model and input in the folder, as `name`. */
async function prepare(name: string, { text, shape = [3, 12, 10], mean, encoding }: Case) {
  const { message } = parseNet(text, 'net.prototxt');
  const options = { encoding: encoding ?? message.layer!.at(-1)!.top![0]!, recordShape: shape, ...(mean && { mean }) };
  using probe = Encoder.fromNet(message, { name: '', layers: [] }, options);
  const weights = lively(untrainedWeights(probe.tower, shape, 1));
  using encoder = Encoder.fromNet(message, weights, options);
  const images = records(...shape);
  const ours = await encoder.encode(images);
  const made = exportOnnx(encoder.tower, shape, weights, { mean });
  const crop = encoder.tower.transform?.crop_size;
  const input = crop ? cropped(images, crop) : Float32Array.from(images.bytes!);
  writeFileSync(path.join(folder, `${name}.onnx`), made.bytes);
  writeFileSync(path.join(folder, `${name}.in`), new Uint8Array(input.buffer));
  return { ours, job: [name, [COUNT, ...made.input.shape]] };
}

function cropped({ bytes, channels, height, width }: RecordSet, crop: number): Float32Array {
  const [top, left] = [Math.floor((height - crop) / 2), Math.floor((width - crop) / 2)];
  return Float32Array.from({ length: COUNT * channels * crop * crop }, (_, i) => {
    const [plane, y, x] = [Math.floor(i / crop / crop), Math.floor(i / crop) % crop, i % crop];
    return bytes![(plane * height + y + top) * width + x + left]!;
  });
}

/** Sums in another order, and powers by another library: a few units of the last place of the largest value. */
const TOLERANCE = 2e-5;

function expectEqual({ ours, theirs }: { ours: Float32Array; theirs: Float32Array }): void {
  expect(theirs.length).toBe(ours.length);
  const largest = ours.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  expect(largest).toBeGreaterThan(0);
  const worst = ours.reduce((max, value, i) => Math.max(max, Math.abs(value - theirs[i]!)), 0);
  expect(worst / largest).toBeLessThan(TOLERANCE);
  // Not all alike: a net that forgets its input would agree too easily.
  expect(new Set(ours).size).toBeGreaterThan(COUNT);
}

const DATA = `layer { name: "data" type: "Data" top: "data" transform_param { scale: 0.00390625 } data_param { source: "x" batch_size: 1 } }`;
const CONV = `layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 6 kernel_size: 3 weight_filler { type: "xavier" } } }`;
const layer = (type: string, options = '', bottom = 'conv', top = 'out') =>
  `layer { name: "${type}_${top}" type: "${type}" ${bottom
    .split(' ')
    .map((b) => `bottom: "${b}"`)
    .join(' ')} top: "${top}" ${options} }`;
const after = (...layers: string[]) => ({ text: [DATA, CONV, ...layers].join('\n') });
const pool = (options: string) => layer('Pooling', `pooling_param { ${options} }`);
const window = (options: string) => `convolution_param { num_output: 4 ${options} weight_filler { type: "xavier" } }`;
const POSITIVE = layer('AbsVal', '', 'conv', 'positive');

/** Some values over and over: several places hold the largest. */
const STEPS = [
  layer('Power', 'power_param { scale: 20 }', 'conv', 'large'),
  layer('Threshold', 'threshold_param { threshold: 0 }', 'large', 'steps'),
];

const CASES: Record<string, Case> = {
  AbsVal: after(layer('AbsVal')),
  ArgMax: after(layer('ArgMax', 'argmax_param { top_k: 3 }')),
  'ArgMax with values': after(layer('ArgMax', 'argmax_param { top_k: 5 out_max_val: true }')),
  'ArgMax along an axis': after(layer('ArgMax', 'argmax_param { top_k: 2 axis: 1 }')),
  'ArgMax along an axis, values': after(layer('ArgMax', 'argmax_param { top_k: 2 axis: -1 out_max_val: true }')),
  'ArgMax of equal values': after(...STEPS, layer('ArgMax', 'argmax_param { top_k: 4 axis: 1 }', 'steps')),
  'ArgMax of flat scores': after(
    layer('InnerProduct', 'inner_product_param { num_output: 9 weight_filler { type: "xavier" } }', 'conv', 'scores'),
    layer('ArgMax', 'argmax_param { top_k: 9 out_max_val: true }', 'scores'),
  ),
  BNLL: after(layer('BNLL')),
  BatchNorm: after(layer('BatchNorm')),
  'BatchNorm and Scale': after(
    layer('BatchNorm', '', 'conv', 'bn'),
    layer('Scale', 'scale_param { bias_term: true }', 'bn'),
  ),
  Bias: after(layer('Bias', 'bias_param { axis: 1 num_axes: 2 }')),
  Clip: after(layer('Clip', 'clip_param { min: -0.1 max: 0.2 }')),
  Concat: after(layer('ReLU', '', 'conv', 'a'), layer('TanH', '', 'conv', 'b'), layer('Concat', '', 'a b')),
  'Convolution, all options': after(
    layer(
      'Convolution',
      window('kernel_h: 3 kernel_w: 2 stride_h: 2 stride_w: 1 pad_h: 1 pad_w: 2 group: 2 bias_term: false'),
    ),
  ),
  'Convolution, dilated': after(layer('Convolution', window('kernel_size: 3 dilation: 2'))),
  Crop: after(
    pool('kernel_size: 2 stride: 2').replace('"out"', '"small"').replace('Pooling_out', 'small'),
    layer('Crop', 'crop_param { axis: 2 offset: 2 offset: 1 }', 'conv small'),
  ),
  Deconvolution: after(layer('Deconvolution', window('kernel_size: 4 stride: 2 pad: 1 group: 2'))),
  Dropout: after(layer('Dropout')),
  ELU: after(layer('ELU', 'elu_param { alpha: 0.7 }')),
  'Eltwise SUM': after(
    layer('ReLU', '', 'conv', 'a'),
    layer('Eltwise', 'eltwise_param { coeff: 1 coeff: -0.5 }', 'conv a'),
  ),
  'Eltwise PROD': after(
    layer('TanH', '', 'conv', 'a'),
    layer('Eltwise', 'eltwise_param { operation: PROD }', 'conv a'),
  ),
  'Eltwise MAX': after(layer('TanH', '', 'conv', 'a'), layer('Eltwise', 'eltwise_param { operation: MAX }', 'conv a')),
  Embed: after(
    layer('ArgMax', 'argmax_param { axis: 1 }', 'conv', 'class'),
    layer('Embed', 'embed_param { input_dim: 6 num_output: 3 weight_filler { type: "xavier" } }', 'class'),
  ),
  'Embed without bias': after(
    layer('ArgMax', 'argmax_param { axis: 2 }', 'conv', 'class'),
    layer(
      'Embed',
      'embed_param { input_dim: 10 num_output: 4 bias_term: false weight_filler { type: "xavier" } }',
      'class',
    ),
  ),
  Exp: after(layer('Exp', 'exp_param { base: 2 scale: 0.5 shift: 0.1 }')),
  Flatten: after(layer('Flatten', 'flatten_param { axis: 2 }')),
  InnerProduct: after(layer('InnerProduct', 'inner_product_param { num_output: 5 weight_filler { type: "xavier" } }')),
  'InnerProduct, axis 2, transposed': after(
    layer(
      'InnerProduct',
      'inner_product_param { num_output: 5 axis: 2 transpose: true weight_filler { type: "xavier" } }',
    ),
  ),
  LSTM: after(recurrentTower('LSTM')),
  'LSTM, one step': after(recurrentTower('LSTM', { steps: 1 })),
  'LSTM, x of several axes': after(recurrentTower('LSTM', { dims: [6, 4] })),
  'LSTM, static input': after(recurrentTower('LSTM', { fixed: true })),
  'LSTM, exposed states': after(recurrentTower('LSTM', { exposed: ['h', 'c'] })),
  'LSTM, one step of exposed states': after(recurrentTower('LSTM', { steps: 1, exposed: ['h', 'c'], fixed: true })),
  LSTMUnit: after(unitTower()),
  LRN: after(layer('LRN', 'lrn_param { local_size: 3 alpha: 2 beta: 0.6 k: 1.5 }')),
  'LRN within channels': after(
    layer('LRN', 'lrn_param { local_size: 3 alpha: 2 beta: 0.6 norm_region: WITHIN_CHANNEL }'),
  ),
  Log: after(POSITIVE, layer('Log', 'log_param { base: 10 scale: 2 shift: 0.5 }', 'positive')),
  MVN: after(layer('MVN')),
  'MVN across channels': after(layer('MVN', 'mvn_param { across_channels: true eps: 0.01 }')),
  'MVN, mean only': after(layer('MVN', 'mvn_param { normalize_variance: false }')),
  'Normalization1, L2': after(layer('Normalization1')),
  'Normalization1, L1': after(layer('Normalization1', 'normalization1_param { norm: L1 }')),
  'Normalization1 of an encoding': after(
    layer('InnerProduct', 'inner_product_param { num_output: 5 weight_filler { type: "xavier" } }', 'conv', 'ip'),
    layer('Normalization1', '', 'ip'),
  ),
  // Nothing passes the threshold, so that all items are zeros; what they become is added to something.
  'Normalization1 of zeros': after(
    layer('Clip', 'clip_param { min: 0 max: 0.0000001 }', 'conv', 'low'),
    layer('Threshold', 'threshold_param { threshold: 1 }', 'low', 'none'),
    layer('Eltwise', 'eltwise_param { operation: PROD }', 'conv none', 'zeros'),
    layer('Normalization1', '', 'zeros', 'unit'),
    layer('Eltwise', '', 'unit conv'),
  ),
  PReLU: after(layer('PReLU')),
  'PReLU, one slope': after(layer('PReLU', 'prelu_param { channel_shared: true }')),
  // The bottom is 10 x 8: a kernel of 3 with stride 2 leaves a window over the rim, with and without padding.
  Pooling: after(pool('kernel_size: 3 stride: 2')),
  'Pooling MAX, padded': after(pool('kernel_size: 3 stride: 2 pad: 1')),
  'Pooling AVE': after(pool('pool: AVE kernel_size: 3 stride: 2')),
  'Pooling AVE, padded': after(pool('pool: AVE kernel_size: 4 stride: 3 pad: 2')),
  'Pooling AVE, rectangles': after(pool('pool: AVE kernel_h: 5 kernel_w: 2 stride_h: 3 stride_w: 2 pad_h: 1')),
  'Pooling MAX, rounded down': after(pool('kernel_size: 3 stride: 2 round_mode: FLOOR')),
  'Pooling AVE, global': after(pool('pool: AVE global_pooling: true')),
  'Pooling STOCHASTIC': after(
    layer('ReLU', '', 'conv', 'positive'),
    pool('pool: STOCHASTIC kernel_size: 3 stride: 2').replace('"conv"', '"positive"'),
  ),
  Power: after(POSITIVE, layer('Power', 'power_param { power: 1.5 scale: 2 shift: 0.25 }', 'positive')),
  'Power, linear': after(layer('Power', 'power_param { scale: -2 shift: 0.25 }')),
  RNN: after(recurrentTower('RNN')),
  'RNN, one step': after(recurrentTower('RNN', { steps: 1 })),
  'RNN, static input, exposed state': after(recurrentTower('RNN', { fixed: true, exposed: ['h'] })),
  ReLU: after(layer('ReLU')),
  'ReLU, leaky, in place': after(layer('ReLU', 'relu_param { negative_slope: 0.1 }', 'conv', 'conv'), layer('TanH')),
  'Reduction SUM': after(layer('Reduction', 'reduction_param { axis: 2 coeff: 0.5 }')),
  'Reduction ASUM': after(layer('Reduction', 'reduction_param { operation: ASUM axis: 2 }')),
  'Reduction SUMSQ': after(layer('Reduction', 'reduction_param { operation: SUMSQ axis: 3 }')),
  'Reduction MEAN': after(layer('Reduction', 'reduction_param { operation: MEAN axis: -1 }')),
  Reshape: after(layer('Reshape', 'reshape_param { shape { dim: 0 dim: -1 dim: 4 } }')),
  SPP: after(layer('SPP', 'spp_param { pyramid_height: 3 }')),
  'SPP, one level': after(layer('SPP', 'spp_param { pyramid_height: 1 }')),
  'SPP, averages': after(layer('SPP', 'spp_param { pyramid_height: 3 pool: AVE }')),
  'SPP STOCHASTIC': after(
    POSITIVE,
    pool('pool: AVE kernel_h: 3 kernel_w: 1')
      .replace('"conv"', '"positive"')
      .replace(/"out"/, '"even"')
      .replace('Pooling_out', 'even'),
    layer('SPP', 'spp_param { pyramid_height: 3 pool: STOCHASTIC }', 'even'),
  ),
  Scale: after(layer('Scale', 'scale_param { axis: 2 num_axes: 1 }')),
  Sigmoid: after(layer('Sigmoid')),
  Slice: after(
    'layer { name: "s" type: "Slice" bottom: "conv" top: "a" top: "b" slice_param { slice_point: 2 } }',
    layer('TanH', '', 'b'),
  ),
  Softmax: after(layer('Softmax')),
  'Softmax, last axis': after(layer('Softmax', 'softmax_param { axis: -1 }')),
  Split: after('layer { name: "s" type: "Split" bottom: "conv" top: "a" top: "b" }', layer('Eltwise', '', 'a b')),
  Swish: after(layer('Swish', 'swish_param { beta: 1.5 }')),
  TanH: after(layer('TanH')),
  Threshold: after(
    layer('Threshold', 'threshold_param { threshold: 0.1 }', 'conv', 'above'),
    layer('Eltwise', 'eltwise_param { operation: PROD }', 'conv above'),
  ),
  Tile: after(layer('Tile', 'tile_param { axis: 1 tiles: 2 }')),
  'mean value of each channel': {
    text: `${DATA.replace('scale: 0.00390625', 'mean_value: 104 mean_value: 117 mean_value: 123')}\n${CONV}`,
  },
  'one mean value, gray': {
    text: `${DATA.replace('scale: 0.00390625', 'mean_value: 30 scale: 0.5')}\n${CONV}`,
    shape: [1, 9, 9],
  },
  'the towers of the MNIST net': {
    text: readFileSync(path.join(__dirname, '../../models/siamese_mnist/train_val.prototxt'), 'utf8'),
    shape: [1, 28, 28],
    encoding: 'feat',
  },
  'mean image, cropped': {
    text: `${DATA.replace('scale: 0.00390625', 'scale: 0.01 crop_size: 9 mean_file: "mean.binaryproto"')}\n${CONV}`,
    mean: Float32Array.from({ length: 360 }, (_, i) => i % 91),
  },
};

const ours = new Map<string, Float32Array>();

beforeAll(async () => {
  if (!hasRuntime) return;
  const jobs = [];
  for (const [i, [name, one]] of Object.entries(CASES).entries()) {
    const made = await prepare(`case${i}`, one);
    ours.set(name, made.ours);
    jobs.push(made.job);
  }
  writeFileSync(path.join(folder, 'jobs.json'), JSON.stringify(jobs));
  execFileSync(process.execPath, [path.join(__dirname, 'run-onnx.js'), folder]);
});

withRuntime.each(Object.keys(CASES).map((name, i) => [name, i] as const))('%s', (name, i) => {
  const bytes = readFileSync(path.join(folder, `case${i}.out`));
  expectEqual({ ours: ours.get(name)!, theirs: new Float32Array(new Uint8Array(bytes).buffer) });
});

test('every exported type has a case', () => {
  const covered = Object.keys(CASES).map((name) => name.split(/[ ,]/)[0]);
  expect(Object.keys(TO_ONNX).filter((type) => !covered.includes(type))).toEqual([]);
  expect(Object.keys(TO_ONNX).filter((type) => !layerTypes.has(type))).toEqual([]);
});

test('what cannot be exported is refused by name and position', () => {
  const refuse = (text: string) => {
    const { message } = parseNet(text, 'net.prototxt');
    using probe = Encoder.fromNet(message, { name: '', layers: [] }, { encoding: 'out', recordShape: [3, 12, 10] });
    const weights = untrainedWeights(probe.tower, [3, 12, 10], 1);
    return () => exportOnnx(probe.tower, [3, 12, 10], weights);
  };
  const columns = refuse(`${DATA}\n${CONV}\n${layer('Im2col', 'convolution_param { kernel_size: 2 }')}`);
  expect(columns).toThrow('layer "Im2col_out" (Im2col): cannot be exported: ONNX export does not know this type');
  const filter = refuse(`${DATA}\n${CONV}\n${layer('ArgMax', 'argmax_param { axis: 0 }')}`);
  expect(filter).toThrow('the largest of a batch cannot be exported');
  const cont = layer('Reduction', 'reduction_param { axis: 2 }', 'conv', 'cont');
  for (const type of ['LSTM', 'RNN']) {
    const recurrent = layer(type, 'recurrent_param { num_output: 3 weight_filler { type: "xavier" } }', 'conv cont');
    expect(refuse(`${DATA}\n${CONV}\n${cont}\n${recurrent}`)).toThrow(
      'axis 0 of bottom 0 is time, but holds the images',
    );
  }
  const shaped = (dims: string) => layer('Reshape', `reshape_param { shape { ${dims} } }`);
  expect(refuse(`${DATA}\n${CONV}\n${shaped('dim: 1 dim: -1')}`)).toThrow('"out" must have the images along axis 0');
  const alone = refuse(`${DATA}\n${CONV}\n${shaped('dim: 1 dim: 480')}`);
  expect(alone).toThrow(expect.objectContaining({ help: expect.stringContaining('any number of images') }));
  const behind = `${layer('Reshape', 'reshape_param { shape { dim: 6 dim: -1 } }', 'conv', 'turned')}`;
  const second = (type: string, options: string) =>
    refuse(`${DATA}\n${CONV}\n${behind}\n${layer(type, options, 'turned')}`);
  expect(second('InnerProduct', 'inner_product_param { num_output: 2 }')).toThrow(
    'its parameters grow with the number',
  );
  expect(second('Softmax', '')).toThrow('a softmax over the batch cannot be exported');
  expect(second('Reduction', 'reduction_param { axis: 1 }')).toThrow('a sum over the batch cannot be exported');
  expect(second('Normalization1', '')).toThrow('axis 0 of bottom 0 must be that of the images');
  expect(columns).toThrow(expect.objectContaining({ at: expect.objectContaining({ file: 'net.prototxt', line: 3 }) }));
  const outside = refuse(`${DATA}\n${CONV}\n${pool('kernel_size: 1 stride: 6')}`);
  expect(outside).toThrow('a window lies wholly outside the image');
});

test('the file says what it is', () => {
  const { message } = parseNet(`${DATA}\n${CONV}`, 'net.prototxt');
  using probe = Encoder.fromNet(message, { name: '', layers: [] }, { encoding: 'conv', recordShape: [3, 12, 10] });
  const weights = untrainedWeights(probe.tower, [3, 12, 10], 1);
  const { bytes } = exportOnnx(probe.tower, [3, 12, 10], weights, { metadata: { encoding: 'conv' } });
  const model = decode('OnnxModel', bytes);
  expect(model).toMatchObject({
    ir_version: 7,
    producer_name: 'siamese',
    opset_import: [{ version: 13 }],
    metadata_props: [{ key: 'encoding', value: 'conv' }],
  });
  const dims = model.graph!.input![0]!.type!.tensor_type!.shape!.dim!;
  expect(dims).toEqual([{ dim_param: 'N' }, ...[3, 12, 10].map((dim_value) => ({ dim_value }))]);
  expect(() => exportOnnx(probe.tower, [3, 12, 10], { name: '', layers: [] }, { weightsFile: 'w.caffemodel' })).toThrow(
    'layer "conv" (Convolution): w.caffemodel has no weights for it',
  );
});
