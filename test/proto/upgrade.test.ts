import { readFileSync } from 'node:fs';
import { parseNet, parseSolver, readNet } from '../../src/proto/files';
import { positionOf } from '../../src/proto/positions';
import { formatText } from '../../src/proto/text';
import { golden } from './golden';

const upgraded = (text: string) => parseNet(text, 'net.prototxt');

test('V1 layers and input fields become what upgrade_net_proto_text makes of them', () => {
  const { message } = readNet(golden('nets', 'v1_upgrade.prototxt'));
  expect(formatText('NetParameter', message)).toBe(readFileSync(golden('nets', 'v1_upgrade.upgraded.txt'), 'utf8'));
});

test('a current net stays as it is', () => {
  const { message, warnings } = readNet(golden('mini', 'train_test.prototxt'));
  expect(upgraded(formatText('NetParameter', message))).toEqual({ message, warnings });
});

test('the old solver_type becomes a type', () => {
  expect(parseSolver('solver_type: ADADELTA', 's').message).toEqual({ type: 'AdaDelta' });
  expect(parseSolver('solver_type: RMSPROP', 's').message).toEqual({ type: 'RMSProp' });
});

test('nets inside a solver are upgraded', () => {
  const { message } = parseSolver('net_param { layers { type: RELU name: "r" } }', 's');
  expect(message.net_param).toEqual({ layer: [{ name: 'r', type: 'ReLU' }] });
});

test('input_shape', () => {
  const { message } = upgraded('input: "a" input: "b" input_shape { dim: 1 dim: 2 } input_shape { dim: 3 }');
  expect(message).toEqual({
    layer: [{ name: 'input', type: 'Input', top: ['a', 'b'], input_param: { shape: [{ dim: [1, 2] }, { dim: [3] }] } }],
  });
});

test.each([
  ['input: "a"', "1 'input' need 4 'input_dim' each, 4 in all, not 0"],
  ['input: "a" input_dim: 1 input_dim: 2', "1 'input' need 4 'input_dim' each, 4 in all, not 2"],
  ['input: "a" input: "b" input_shape { dim: 1 }', "2 'input' need as many 'input_shape', not 1"],
])('%s', (text, message) => {
  expect(() => upgraded(text)).toThrow(message);
});

test('V1: shared names, rates, decay, share modes, loss weights, rules and old transform fields', () => {
  const { message, warnings } = upgraded(`
    layers { name: "d" type: DATA top: "x" top: "y" include { phase: TRAIN }
      data_param { source: "db" scale: 0.5 mirror: true batch_size: 3 backend: LMDB } transform_param { crop_size: 20 } }
    layers { name: "l" type: CONTRASTIVE_LOSS bottom: "x" top: "l" loss_weight: 2 contrastive_loss_param { margin: 3 } }
    layers { name: "c" type: CONVOLUTION bottom: "x" top: "c" param: "w" blob_share_mode: PERMISSIVE blobs_lr: 1 blobs_lr: 2
      weight_decay: 0 }`);
  expect(warnings).toEqual([]);
  expect(message.layer).toEqual([
    {
      name: 'd',
      type: 'Data',
      top: ['x', 'y'],
      include: [{ phase: 'TRAIN' }],
      data_param: { source: 'db', batch_size: 3, backend: 'LMDB' },
      transform_param: { scale: 0.5, mirror: true, crop_size: 20 },
    },
    {
      name: 'l',
      type: 'ContrastiveLoss',
      bottom: ['x'],
      top: ['l'],
      loss_weight: [2],
      contrastive_loss_param: { margin: 3 },
    },
    {
      name: 'c',
      type: 'Convolution',
      bottom: ['x'],
      top: ['c'],
      param: [{ name: 'w', share_mode: 'PERMISSIVE', lr_mult: 1, decay_mult: 0 }, { lr_mult: 2 }],
    },
  ]);
});

test('every V1 type has the name that Caffe gives it', () => {
  // From the list of layer types in Caffe's documentation.
  const types = {
    ABSVAL: 'AbsVal',
    ACCURACY: 'Accuracy',
    ARGMAX: 'ArgMax',
    BNLL: 'BNLL',
    CONCAT: 'Concat',
    CONTRASTIVE_LOSS: 'ContrastiveLoss',
    CONVOLUTION: 'Convolution',
    DATA: 'Data',
    DECONVOLUTION: 'Deconvolution',
    DROPOUT: 'Dropout',
    DUMMY_DATA: 'DummyData',
    EUCLIDEAN_LOSS: 'EuclideanLoss',
    ELTWISE: 'Eltwise',
    EXP: 'Exp',
    FLATTEN: 'Flatten',
    HDF5_DATA: 'HDF5Data',
    HDF5_OUTPUT: 'HDF5Output',
    HINGE_LOSS: 'HingeLoss',
    IM2COL: 'Im2col',
    IMAGE_DATA: 'ImageData',
    INFOGAIN_LOSS: 'InfogainLoss',
    INNER_PRODUCT: 'InnerProduct',
    LRN: 'LRN',
    MEMORY_DATA: 'MemoryData',
    MULTINOMIAL_LOGISTIC_LOSS: 'MultinomialLogisticLoss',
    MVN: 'MVN',
    POOLING: 'Pooling',
    POWER: 'Power',
    RELU: 'ReLU',
    SIGMOID: 'Sigmoid',
    SIGMOID_CROSS_ENTROPY_LOSS: 'SigmoidCrossEntropyLoss',
    SILENCE: 'Silence',
    SOFTMAX: 'Softmax',
    SOFTMAX_LOSS: 'SoftmaxWithLoss',
    SPLIT: 'Split',
    SLICE: 'Slice',
    TANH: 'TanH',
    WINDOW_DATA: 'WindowData',
    THRESHOLD: 'Threshold',
  };
  const text = Object.keys(types)
    .map((type) => `layers { type: ${type} }`)
    .join('\n');
  expect(upgraded(text).message.layer!.map((layer) => layer.type)).toEqual(Object.values(types));
});

test('V0: one flat message per layer, padding a layer of its own', () => {
  const { message, warnings } = upgraded(`
    name: "old"
    layers { layer { name: "mnist" type: "data" source: "db" batchsize: 64 scale: 0.5 meanfile: "m" cropsize: 24 mirror: true } top: "data" }
    layers { layer { name: "pad1" type: "padding" pad: 2 } bottom: "data" top: "pad1" }
    layers { layer { name: "conv1" type: "conv" num_output: 20 kernelsize: 5 stride: 1 group: 2 biasterm: false
      weight_filler { type: "xavier" } blobs_lr: 1 blobs_lr: 2 weight_decay: 1 } bottom: "pad1" top: "conv1" }
    layers { layer { name: "pool1" type: "pool" kernelsize: 2 stride: 2 pool: AVE } bottom: "conv1" top: "pool1" }
    layers { layer { name: "norm" type: "lrn" local_size: 3 alpha: 2 beta: 0.5 k: 4 } bottom: "pool1" top: "norm" }
    layers { layer { name: "drop" type: "dropout" dropout_ratio: 0.25 num_output: 4 } bottom: "norm" top: "norm" }
    layers { layer { name: "loss" type: "softmax_loss" } bottom: "norm" bottom: "label" }`);
  expect(message).toEqual({
    name: 'old',
    layer: [
      {
        name: 'mnist',
        type: 'Data',
        top: ['data'],
        data_param: { source: 'db', batch_size: 64 },
        transform_param: { scale: 0.5, mean_file: 'm', crop_size: 24, mirror: true },
      },
      {
        name: 'conv1',
        type: 'Convolution',
        bottom: ['data'],
        top: ['conv1'],
        param: [{ lr_mult: 1, decay_mult: 1 }, { lr_mult: 2 }],
        convolution_param: {
          num_output: 20,
          bias_term: false,
          pad: [2],
          kernel_size: [5],
          group: 2,
          stride: [1],
          weight_filler: { type: 'xavier' },
        },
      },
      {
        name: 'pool1',
        type: 'Pooling',
        bottom: ['conv1'],
        top: ['pool1'],
        pooling_param: { pool: 'AVE', kernel_size: 2, stride: 2 },
      },
      {
        name: 'norm',
        type: 'LRN',
        bottom: ['pool1'],
        top: ['norm'],
        lrn_param: { local_size: 3, alpha: 2, beta: 0.5, k: 4 },
      },
      { name: 'drop', type: 'Dropout', bottom: ['norm'], top: ['norm'], dropout_param: { dropout_ratio: 0.25 } },
      { name: 'loss', type: 'SoftmaxWithLoss', bottom: ['norm', 'label'] },
    ],
  });
  expect(warnings.map((w) => [w.message, w.layer, w.at!.line])).toEqual([
    ["a V0 layer of type 'dropout' has no 'num_output': it has no effect", 'drop', 9],
  ]);
});

test('V0: a type that there is not', () => {
  expect(() => upgraded('layers { layer { name: "x" type: "convo" } }')).toThrow("there is no V0 layer type 'convo'");
});

test("'layer' and 'layers' do not mix", () => {
  expect(() => upgraded('layer { name: "a" } layers { name: "b" }')).toThrow(
    "a net has either 'layer' or the old 'layers'",
  );
});

test('upgraded layers still know where they stood', () => {
  const { message } = upgraded('name: "n"\nlayers { name: "c" type: POOLING\n  pooling_param {\n    stride: 2 } }');
  expect(positionOf(message.layer![0]!, 'pooling_param.stride')).toMatchObject({ line: 4, column: 5 });
  expect(positionOf(message.layer![0]!)).toMatchObject({ line: 2, column: 1 });
});

test('three parameters of an old BatchNorm are never learned', () => {
  const { message } = upgraded(
    'layer { type: "BatchNorm" param { lr_mult: 1 } param { name: "v" } param { decay_mult: 3 } }',
  );
  expect(message.layer![0]!.param).toEqual([
    { lr_mult: 0, decay_mult: 0 },
    { name: 'v', lr_mult: 0, decay_mult: 0 },
    { lr_mult: 0, decay_mult: 0 },
  ]);
});
