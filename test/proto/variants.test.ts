/** Files as they lie about in the world: old syntax, Windows, odd spellings. Each reads, and builds what it means. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildNet } from '../../src/net/net';
import { parseNet, parseSolver } from '../../src/proto/files';
import type { NetParameter } from '../../src/proto/messages';
import { formatText } from '../../src/proto/text';
import { checkSolver, solverNets } from '../../src/solver/settings';

const read = (text: string) => parseNet(text, 'net.prototxt').message;
const shapes = (param: NetParameter, phase: 'TRAIN' | 'TEST' = 'TRAIN', stages: string[] = []) =>
  Object.fromEntries(
    buildNet(param, { phase, stages, recordShapes: () => [1, 28, 28], labelCount: 10 }).blobs.map((b) => [
      b.name,
      b.shape.join(' '),
    ]),
  );

test('line ends and a byte order mark of Windows', () => {
  const text = readFileSync(path.join(__dirname, '../golden/mini/train_test.prototxt'), 'utf8');
  expect(read(`\ufeff${text.replaceAll('\n', '\r\n')}`)).toEqual(read(text));
});

test('commas, angle brackets, lists, strings in parts with escapes, numbers in hex and octal, enums and booleans by number', () => {
  const param = read(`
    name: 'odd "net"' # behind a value
    force_backward: t
    state { phase: 0 level: 1 }
    layer: < name: "a\\x41\\101" 'c' "d"; type: "DummyData", top: ["data", "label"];
      dummy_data_param: < shape: { dim: [ 0x4, 3, 010, 9 ] }, shape { dim: 4 }
        data_filler: { type: "gaussian", std: 1.5e-1f }, data_filler { value: 0. } > >
    layer { name: "p" type: "Pooling" bottom: "data" top: "p" pooling_param { pool: 1 kernel_size: 3 stride: 2 engine: 2 } }
    layer { name: "e" type: "Eltwise" bottom: "p" bottom: "p" top: "e" eltwise_param { operation: 0 } }`);
  expect(param).toMatchObject({ name: 'odd "net"', force_backward: true, state: { phase: 'TRAIN', level: 1 } });
  expect(param.layer![0]!.name).toBe('aAAcd');
  expect(param.layer![1]!.pooling_param!.pool).toBe('AVE');
  expect(shapes(param)).toMatchObject({ data: '4 3 8 9', p: '4 3 4 4', e: '4 3 4 4' });
  expect(read(formatText('NetParameter', param))).toEqual(param);
});

test('V1: types by number, rules, shared params, transforms among the data options', () => {
  const param = read(`
    layers { name: "d" type: DATA top: "pair" top: "sim" data_param { source: "x" scale: 0.5 batch_size: 6 crop_size: 24 mirror: true } include: { phase: 0 } }
    layers { name: "s" type: SLICE bottom: "pair" top: "a" top: "b" slice_param { slice_dim: 2 slice_point: 12 } }
    layers { name: "c" type: 4 bottom: "a" top: "c" convolution_param { num_output: 20 kernel_size: 5 } blobs_lr: 1 blobs_lr: 2 param: "w" param: "v" }
    layers { name: "c_p" type: CONVOLUTION bottom: "b" top: "c_p" convolution_param { num_output: 20 kernel_size: 5 } param: "w" param: "v"
      blob_share_mode: STRICT blob_share_mode: PERMISSIVE }
    layers { name: "l" type: CONTRASTIVE_LOSS bottom: "c" bottom: "c_p" bottom: "sim" top: "l" }`);
  expect(param.layer![0]!.transform_param).toEqual({ scale: 0.5, crop_size: 24, mirror: true });
  expect(param.layer![2]!.param).toEqual([
    { name: 'w', lr_mult: 1 },
    { name: 'v', lr_mult: 2 },
  ]);
  expect(() => shapes(param)).toThrow(/"l" \(ContrastiveLoss\)/); // convolutions are no encodings
  expect(shapes({ ...param, layer: param.layer!.slice(0, 4) })).toMatchObject({ a: '6 1 12 24', c_p: '6 20 8 20' });
});

test('V0: layers within layers, padding layers, old names of options', () => {
  const param = read(`
    layers { layer { name: "d" type: "data" source: "x" meanfile: "m" batchsize: 2 scale: 0.5 cropsize: 20 mirror: true } top: "data" top: "label" }
    layers { layer { name: "pad" type: "padding" pad: 2 } bottom: "data" top: "pad" }
    layers { layer { name: "c" type: "conv" num_output: 4 group: 1 kernelsize: 5 weight_filler { type: "gaussian" std: 0.01 }
      blobs_lr: 1. blobs_lr: 2. weight_decay: 1. weight_decay: 0. } bottom: "pad" top: "c" }
    layers { layer { name: "r" type: "relu" } bottom: "c" top: "c" }
    layers { layer { name: "n" type: "lrn" local_size: 5 alpha: 0.0001 beta: 0.75 } bottom: "c" top: "n" }
    layers { layer { name: "drop" type: "dropout" dropout_ratio: 0.5 } bottom: "n" top: "n" }
    layers { layer { name: "ip" type: "innerproduct" num_output: 10 biasterm: false } bottom: "n" top: "ip" }
    layers { layer { name: "loss" type: "softmax_loss" } bottom: "ip" bottom: "label" }`);
  expect(param.layer!.find(({ name }) => name === 'c')).toMatchObject({
    convolution_param: { num_output: 4, kernel_size: [5], pad: [2] },
    param: [
      { lr_mult: 1, decay_mult: 1 },
      { lr_mult: 2, decay_mult: 0 },
    ],
  });
  expect(shapes(param)).toMatchObject({ data: '2 1 20 20', c: '2 4 20 20', ip: '2 10' });
});

test('several data layers of one name for several stages, losses of one name, and a solver that tests both', () => {
  const data = (rule: string) =>
    `layer { name: "data" type: "Data" top: "data" include { ${rule} } data_param { source: "x" batch_size: 4 backend: LMDB } }`;
  const net = `${data('phase: TRAIN')} ${data("phase: TEST stage: 'on-train'")} ${data("phase: TEST stage: 'on-test'")}
    layer { name: "flat" type: "Flatten" bottom: "data" top: "flat" }
    layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 784 weight_filler { type: "gaussian" std: 1 sparse: 15 } } }
    layer { name: "loss" type: "SigmoidCrossEntropyLoss" bottom: "ip" bottom: "flat" top: "cross" loss_weight: 1 }
    layer { name: "sig" type: "Sigmoid" bottom: "ip" top: "sig" }
    layer { name: "loss" type: "EuclideanLoss" bottom: "sig" bottom: "flat" top: "l2" loss_weight: 0 }`;
  const { message } = parseSolver(
    `net_param { ${net} } test_state: { stage: 'on-train' } test_iter: 500 test_state: { stage: 'on-test' } test_iter: 100
     test_interval: 500 base_lr: 0.01 lr_policy: "fixed" solver_type: ADAGRAD solver_mode: 0 max_iter: 10`,
    'solver.prototxt',
  );
  checkSolver(message);
  const { train, tests } = solverNets(message, 'solver.prototxt');
  expect(tests.map(({ stages }) => stages)).toEqual([['on-train'], ['on-test']]);
  for (const { param, phase, stages } of [train, ...tests]) {
    expect(shapes(param, phase, [...stages])).toMatchObject({ flat: '4 784', cross: '', l2: '' });
  }
});

test("MyCaffe's spelling of types, and fields that have no effect here", () => {
  const tower = (x: string, end: string) =>
    `layer { name: "f${end}" type: "INNERPRODUCT" bottom: "${x}" top: "f${end}" param { name: "w" } param { name: "b" } inner_product_param { num_output: 8 } }`;
  const { message, warnings } = parseNet(
    `layer { name: "d" type: "DATA" top: "data" top: "label" data_param { source: "MNIST.training" batch_size: 6 backend: IMAGEDB primary_data: True }
       transform_param { scale: 0.00390625 color_order: RGB use_imagedb_mean: True } }
     layer { name: "seq" type: "DATA_SEQUENCE" bottom: "data" bottom: "label" top: "a" top: "p" top: "n" top: "labels" data_sequence_param { k: 1 output_labels: True } }
     ${tower('a', '')} ${tower('p', '_p')} ${tower('n', '_n')}
     layer { name: "unit" type: "NORMALIZATION1" bottom: "f" top: "unit" normalization1_param { norm: L2 } }
     layer { name: "quiet" type: "SILENCE" bottom: "unit" }
     layer { name: "loss" type: "TRIPLET_LOSS" bottom: "f" bottom: "f_p" bottom: "f_n" bottom: "labels" top: "loss" triplet_loss_param { alpha: 1.1 } loss_weight: 1 }
     layer { name: "dec" type: "DECODE" bottom: "f" bottom: "labels" top: "dec" decode_param { target: KNN k: 5 } }
     layer { name: "acc" type: "ACCURACY_DECODE" bottom: "dec" bottom: "labels" top: "acc" include { phase: TEST } accuracy_param { enable_simple_accuracy: True } }`,
    'net.prototxt',
  );
  expect(shapes(message, 'TEST')).toMatchObject({ f_n: '6 8', labels: '6 3', acc: '' });
  expect(warnings.map(({ message: text }) => text.split(' ')[0]).sort()).toEqual([
    "'color_order'",
    "'enable_simple_accuracy'",
    "'primary_data'",
    "'use_imagedb_mean'",
  ]);
});

test("the policy of BVLC's example that no Caffe knows is refused by name", () => {
  const solver = parseSolver('net: "n" base_lr: 0.1 lr_policy: "stepearly" gamma: 0.9 stepearly: 1', 's.prototxt');
  expect(() => checkSolver(solver.message)).toThrow('unknown learning rate policy "stepearly"');
});
