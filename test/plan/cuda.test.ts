/** Plans for a GPU: every blob in Caffe's order, seen in the split that each layer wants; pairs written as one batch. */
import { buildNet } from '../../src/net/net';
import { type CompileOptions, compile } from '../../src/plan/compile';
import type { PlanTensor } from '../../src/plan/plan';
import { parseText } from '../../src/proto/text';

const PAIRS = `
  name: "pairs"
  layer { name: "pair_data" type: "Data" top: "pair_data" top: "sim" data_param { batch_size: 5 images_per_blob: 2 } }
  layer { name: "slice" type: "Slice" bottom: "pair_data" top: "data" top: "data_p" slice_param { slice_dim: 1 slice_point: 1 } }
  ${['', '_p'].map(
    (p) => `
  layer { name: "conv${p}" type: "Convolution" bottom: "data${p}" top: "conv${p}" param { name: "w" } param { name: "b" }
    convolution_param { num_output: 3 kernel_size: 2 } }
  layer { name: "pool${p}" type: "Pooling" bottom: "conv${p}" top: "pool${p}" pooling_param { kernel_size: 2 stride: 2 } }
  layer { name: "feat${p}" type: "InnerProduct" bottom: "pool${p}" top: "feat${p}" param { name: "fw" } param { name: "fb" }
    inner_product_param { num_output: 2 } }`,
  )}
  layer { name: "loss" type: "ContrastiveLoss" bottom: "feat" bottom: "feat_p" bottom: "sim" top: "loss" }`.replaceAll(
  ',',
  ' ',
);

const net = () =>
  buildNet(parseText('NetParameter', PAIRS, 'pairs.prototxt').message, {
    phase: 'TRAIN',
    recordShapes: () => [1, 7, 7],
  });
const plan = (options: Partial<CompileOptions> = {}) => compile(net(), { train: true, device: 'cuda', ...options });

const product = (dims: number[]) => dims.reduce((a, b) => a * b, 1);

/** Floats from the element (r, c) of the matrix to the start, and what Caffe's order says. */
function inCaffeOrder({ shape, split, pitch, step = 1 }: PlanTensor): boolean {
  const [cols, rows] = [product(shape.slice(0, split)), product(shape.slice(split))];
  return (rows <= 1 || pitch === 1) && (cols <= 1 || step === rows);
}

test('every blob lies in the order of Caffe, and nothing is turned around', () => {
  for (const options of [{}, { towers: false }, { keep: 'all' as const }]) {
    const { tensors, layers } = plan(options);
    expect(tensors.filter((tensor) => !inCaffeOrder(tensor))).toEqual([]);
    expect(layers.map(({ type }) => type)).not.toContain('Relayout');
  }
  expect(compile(net(), { train: true }).tensors.every((tensor) => tensor.step === undefined)).toBe(true);
});

test('a layer sees the split that it wants: channels and places as rows, images as columns', () => {
  const { layers, tensors } = plan();
  const conv = layers.find(({ type }) => type === 'Convolution')!;
  expect(tensors[conv.bottoms[0]!.data]).toMatchObject({ shape: [10, 1, 7, 7], split: 1, pitch: 1, step: 49 });
  expect(tensors[conv.tops[0]!.data]).toMatchObject({ shape: [10, 3, 6, 6], split: 1, pitch: 1, step: 108 });
  const loss = layers.find(({ type }) => type === 'ContrastiveLoss')!;
  expect(tensors[loss.bottoms[0]!.data]).toMatchObject({ shape: [5, 2], split: 1, pitch: 1, step: 2 });
  expect(tensors[loss.tops[0]!.data]).toMatchObject({ shape: [], split: 0, pitch: 1 });
});

test('the images of pairs are written as the batch that the towers share', () => {
  const { layers, blobs, tensors, feeds } = plan();
  expect(layers.map(({ type }) => type)).toEqual(['Data', 'Convolution', 'Pooling', 'InnerProduct', 'ContrastiveLoss']);
  expect(layers[0]).toMatchObject({ attributes: { stacked: true, images_per_blob: 2 }, fused: ['slice'] });
  expect(feeds).toEqual([{ layer: 0, name: 'pair_data', recordsPerPass: 10 }]);
  const at = (name: string) => tensors[blobs.find((blob) => blob.name === name)!.data]!;
  expect(at('data_p').offset - at('data').offset).toBe(5 * 49);
  expect(blobs.map(({ name }) => name)).not.toContain('pair_data');
});

test('unless somebody asks for the pairs, or towers are kept apart', () => {
  const types = (options: Partial<CompileOptions>) => plan(options).layers.map(({ type }) => type);
  expect(types({ keep: ['pair_data'] })).toContain('Stack');
  expect(types({ fuse: false })).toContain('Stack');
  expect(types({ towers: false })).toContain('Slice');
});
