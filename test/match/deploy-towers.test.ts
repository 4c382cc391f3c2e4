/** One tower cut out of Siamese nets of the real world encodes as the tower did in its net, and so does its deploy prototxt. */
import { Engine } from '../../src/engine/engine';
import { cutTower, deployNet } from '../../src/match/index';
import { buildNet } from '../../src/net/net';
import type { Net } from '../../src/net/net-types';
import { sharingWarnings } from '../../src/net/sharing';
import { compile } from '../../src/plan/compile';
import { parseNet } from '../../src/proto/files';
import type { NetParameter } from '../../src/proto/messages';
import { formatText } from '../../src/proto/text';
import { googleLayers, resnetLayers } from '../models/branched';
import { alexLayers, vggLayers } from '../models/classic';
import { LENET_TOWER, siamese, triplet } from '../models/siamese';

jest.setTimeout(60_000);

const thin = { thinner: 8, classes: 5, last: 'feat' };

/** Every parameter by a wave of its own, so that no two towers are alike by chance; variances above 0. */
function fill(engine: Engine, net: Net): void {
  net.params.forEach(({ layer, index, shape }, p) => {
    const { type, param } = net.layers[layer]!;
    const inputs = shape.slice(1).reduce((a, b) => a * b, 1);
    const name = [...(net.params[p]!.name || param.name!)].reduce((sum, c) => sum + c.charCodeAt(0), index);
    const wave = (i: number) => Math.sin(1 + 12.9898 * i + 78.233 * name);
    const normal = type.type === 'BatchNorm' ? (i: number) => (index === 2 ? 1 : 1.5 + 0.5 * wave(i)) : undefined;
    const value = normal ?? ((i: number) => (1.5 * wave(i)) / Math.sqrt(inputs));
    engine.writeParam(
      p,
      engine.readParam(p).map((_, i) => value(i)),
    );
  });
}

/** Values of the input blob and of each wanted blob after one pass in TEST. */
async function run(param: NetParameter, feed: Record<string, (i: number) => number>, wanted: string[]) {
  const net = buildNet(param, { phase: 'TEST' });
  using engine = new Engine(compile(net, { train: false, keep: 'all' }), { threads: 2 });
  fill(engine, net);
  for (const [blob, value] of Object.entries(feed))
    engine.write(
      blob,
      engine.read(blob).map((_, i) => value(i)),
    );
  await engine.run({ count: 1, mode: 'forward', feeds: [] });
  return wanted.map((blob) => engine.read(blob));
}

const pixel = (i: number) => Math.sin(i * 0.37) + ((i * 7919) % 13) / 13;

/** The deploy prototxt as text and read again, for `batch` images. */
function deployed(param: NetParameter, image: [number, number, number], encoding?: string, batch = 1): NetParameter {
  const text = formatText('NetParameter', deployNet(cutTower(param, { encoding }), image));
  const { message } = parseNet(text, 'deploy.prototxt');
  message.layer![0]!.input_param!.shape![0]!.dim![0] = batch;
  return message;
}

test.each<[string, string, [number, number, number, number]]>([
  ['LeNet', LENET_TOWER, [3, 1, 28, 28]],
  ['AlexNet', alexLayers('AlexNet', thin), [2, 3, 67, 67]],
  ['VGG-16', vggLayers(thin), [2, 3, 32, 32]],
  ['GoogLeNet', googleLayers(thin), [2, 3, 64, 64]],
  ['ResNet-50', resnetLayers(thin), [2, 3, 64, 64]],
])('%s: either tower', async (_, tower, shape) => {
  const [batch, ...image] = shape;
  const param = siamese(tower, shape);
  const [data, twin, feat, other] = await run(param, { pair_data: pixel }, ['data', 'data_p', 'feat', 'feat_p']);
  const cut = deployed(param, image, undefined, batch);
  const input = cut.layer![0]!.top![0]!;
  const [first] = await run(cut, { [input]: (i) => data![i]! }, ['feat']);
  const [second] = await run(cut, { [input]: (i) => twin![i]! }, ['feat']);
  const size = feat!.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  expect(size).toBeGreaterThan(1e-6);
  expect(feat).not.toEqual(other);
  // Towers are computed as one stacked batch, or folded where there are few images: other orders of summation.
  const worst = (a: Float32Array, b: Float32Array) => a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i]!)), 0);
  expect(worst(first!, feat!) / size).toBeLessThan(1e-4);
  expect(worst(second!, other!) / size).toBeLessThan(1e-4);
});

test("MyCaffe's triplet net: three towers, one left, none of the layers that pick the triplets", () => {
  const { message } = parseNet(triplet(), 'triplet.prototxt');
  const tower = cutTower(message);
  expect(tower).toMatchObject({ input: 'anchors', encoding: 'feat', transform: { scale: expect.closeTo(1 / 256, 9) } });
  expect(tower.layers.map(({ name }) => name)).toEqual([
    'conv1',
    'pool1',
    'conv2',
    'pool2',
    'ip1',
    'relu_ip1',
    'ip2',
    'feat',
  ]);
  const net = buildNet(deployNet(tower, [1, 28, 28]), { phase: 'TEST' });
  expect(net.blobs.at(-1)!.shape).toEqual([1, 2]);
});

test('three towers of hand, by a Slice of three', async () => {
  const branch = (end: string) =>
    `layer { name: "f${end}" type: "InnerProduct" bottom: "x${end}" top: "f${end}" param { name: "w" } param { name: "b" } inner_product_param { num_output: 4 } }`;
  const { message } = parseNet(
    `layer { name: "in" type: "Input" top: "all" input_param { shape { dim: 2 dim: 3 dim: 5 dim: 5 } } }
     layer { name: "s" type: "Slice" bottom: "all" top: "x" top: "x_p" top: "x_n" slice_param { axis: 1 } }
     ${branch('')}${branch('_p')}${branch('_n')}
     layer { name: "l" type: "TripletLoss" bottom: "f" bottom: "f_p" bottom: "f_n" top: "loss" }`,
    'n.prototxt',
  );
  const [x, f] = await run(message, { all: pixel }, ['x_n', 'f_n']);
  const [again] = await run(deployed(message, [1, 5, 5], undefined, 2), { x: (i) => x![i]! }, ['f']);
  expect([...again!].map((v) => v.toFixed(4))).toEqual([...f!].map((v) => v.toFixed(4)));
  expect(sharingWarnings(buildNet(message, { phase: 'TEST' }))).toEqual([]);
});

test('towers that share a part only: the other one is named by --blob, and a warning says so', () => {
  const param = siamese(LENET_TOWER, [2, 1, 28, 28]);
  for (const layer of param.layer!) {
    if (layer.name === 'ip2_p') layer.param = layer.param!.map((one) => ({ ...one, name: `${one.name}_own` }));
  }
  const [warning] = sharingWarnings(buildNet(param, { phase: 'TEST' }));
  expect(warning!.message).toMatch(/"ip2_p".* does not share its params with "ip2" of the other tower/);
  const other = cutTower(param, { encoding: 'feat_p' });
  expect(other.layers.find(({ name }) => name === 'ip2_p')!.param![0]!.name).toBe('ip2_0_own');
});
