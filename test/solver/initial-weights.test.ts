/** First weights from random_seed: Caffe's own, to the bit, in Caffe's order of draws. */
import { native } from '../../src/engine/native';
import { buildNet } from '../../src/net/net';
import { compile } from '../../src/plan/compile';
import { parseNet, readNet, readWeights } from '../../src/proto/files';
import { initialWeights } from '../../src/solver/initial-weights';
import { captureWeights } from '../../src/solver/weights';
import { mini } from './mini';

const recordShapes = (): [number, number, number] => [2, 28, 28];

function fill(text: string, seed: number) {
  const net = buildNet(parseNet(text, 'net.prototxt').message, { phase: 'TRAIN', recordShapes });
  const plan = compile(net, { train: false });
  return captureWeights(net, plan, initialWeights(net, plan, native().createRandom(seed)));
}

test('init.caffemodel from random_seed 1701', () => {
  const net = buildNet(readNet(mini('train_test.prototxt')).message, { phase: 'TRAIN', recordShapes });
  const plan = compile(net, { train: false });
  const ours = captureWeights(net, plan, initialWeights(net, plan, native().createRandom(1701)));
  const caffe = readWeights(mini('init.caffemodel'));
  expect(ours.layers.map(({ name }) => name)).toEqual(caffe.layers.map(({ name }) => name));
  ours.layers.forEach(({ blobs }, l) => {
    expect(blobs.map(({ data }) => data)).toEqual(caffe.layers[l]!.blobs.map(({ data }) => data));
  });
});

const DATA = (transform: string) =>
  `layer { name: "d" type: "Data" top: "x" top: "y" data_param { source: "s" batch_size: 2 } ${transform} }`;
const IP = (name: string, options: string) => `layer { name: "${name}" type: "InnerProduct" bottom: "x" top: "${name}"
  ${options} inner_product_param { num_output: 2 bias_term: false weight_filler { type: "uniform" } } }`;

function draws(seed: number, count: number, skip: number): Float32Array {
  const random = native().createRandom(seed);
  for (let i = 0; i < skip; i++) random.next();
  const out = new Float32Array(count);
  const uniform = { value: 0, min: 0, max: 1, mean: 0, std: 1, sparse: -1, variance_norm: 'FAN_IN' as const };
  random.fill({ type: 'uniform', ...uniform }, [count], out);
  return out;
}

test.each([
  ['a data layer draws once', '', 1],
  ['with mirror twice more', 'transform_param { mirror: true }', 3],
  ['with a training crop twice more', 'transform_param { crop_size: 24 }', 3],
])('%s', (_, transform, skip) => {
  const { layers } = fill(DATA(transform) + IP('a', ''), 5);
  const { data } = layers.find(({ name }) => name === 'a')!.blobs[0]!;
  expect(data).toEqual(draws(5, data.length, skip));
});

test("a layer that shares its parameters draws too, and then has the owner's", () => {
  const shared = 'param { name: "w" }';
  const { layers } = fill(DATA('') + IP('a', shared) + IP('b', shared) + IP('c', ''), 5);
  const blob = (layer: string) => layers.find(({ name }) => name === layer)!.blobs[0]!.data;
  const { length } = blob('a');
  expect(blob('b')).toEqual(blob('a'));
  expect(blob('a')).toEqual(draws(5, 3 * length, 1).subarray(0, length));
  expect(blob('c')).toEqual(draws(5, 3 * length, 1).subarray(2 * length));
});

test('a recurrent layer fills the weights of each time step, of which the first stay', () => {
  const sequence = `layer { name: "s" type: "Input" top: "x" top: "cont"
    input_param { shape { dim: 3 dim: 2 dim: 4 } shape { dim: 3 dim: 2 } } }`;
  const recurrent = (type: string) => `layer { name: "r" type: "${type}" bottom: "x" bottom: "cont" top: "r"
    recurrent_param { num_output: 2 weight_filler { type: "uniform" } bias_filler { type: "uniform" } } }`;
  for (const type of ['LSTM', 'RNN']) {
    const { layers } = fill(sequence + recurrent(type) + IP('after', ''), 5);
    const blobs = layers.find(({ name }) => name === 'r')!.blobs.map(({ data }) => [...data]);
    // W_x and b once, then what each of three steps has.
    const once = blobs[0]!.length + blobs[1]!.length;
    const step = blobs.slice(2).reduce((sum, { length }) => sum + length, 0);
    const { data: after } = layers.find(({ name }) => name === 'after')!.blobs[0]!;
    const all = draws(5, once + 3 * step + after.length, 0);
    expect(blobs.flat()).toEqual([...all.subarray(0, once + step)]);
    expect(after).toEqual(all.subarray(once + 3 * step));
  }
});
