/** HDF5 snapshots: files of Caffe's own, files of ours read back, and damage of every sort. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../../src/errors';
import { readSolverState, readWeights, type Weights } from '../../src/proto/files';
import { encodeSolverStateHdf5, encodeWeightsHdf5 } from '../../src/proto/hdf5-caffe';
import { Hdf5Error, readHdf5 } from '../../src/proto/hdf5-reader';
import { encodeHdf5, Hdf5Leaf, type Hdf5Tree } from '../../src/proto/hdf5-writer';
import { damaged, dice, removeTempFolders, tempFolder } from '../data/fixtures';

const golden = (name: string) => path.join(__dirname, '..', 'golden', 'mini', name);
afterAll(removeTempFolders);

describe("Caffe's own files", () => {
  test('weights: a group for each layer, shared parameters under their owner', () => {
    const { layers, sparse } = readWeights(golden('hdf5_adam_iter_50.caffemodel.h5'));
    expect(sparse).toBe(true);
    const shapes = layers.map(({ name, blobs }) => [name, ...blobs.map(({ shape }) => shape)]);
    expect(shapes).toEqual([
      ['conv1', [6, 1, 5, 5], [6]],
      ['conv1_p'],
      ['conv2', [8, 6, 5, 5], [8]],
      ['conv2_p'],
      ['feat', [2, 24], [2]],
      ['feat_p'],
      ['ip1', [24, 128], [24]],
      ['ip1_p'],
      ...['loss', 'pair_data', 'pool1', 'pool1_p', 'pool2', 'pool2_p', 'relu1', 'relu1_p', 'slice_pair'].map((n) => [
        n,
      ]),
    ]);
    // Small random weights, not zeros or bytes out of place; the encoding's biases are 0, which the loss does not see.
    for (const { blobs } of layers) {
      for (const { data } of blobs)
        expect(
          data.every((value) => Math.abs(value) < 2) && data.some((value) => value !== 0 || data.length === 2),
        ).toBe(true);
    }
  });

  test('solver state', () => {
    const state = readSolverState(golden('hdf5_adam_iter_25.solverstate.h5'));
    expect(state).toMatchObject({ iter: 25, current_step: 0, learned_net: 'hdf5_adam_iter_25.caffemodel.h5' });
    expect(state.history).toHaveLength(16); // two slots of eight parameters
    expect(state.history[2]!.shape).toEqual([8, 6, 5, 5]);
  });
});

const floats = (count: number, from: number) => Float32Array.from({ length: count }, (_, i) => from + i / 8);

describe('written and read back', () => {
  test('weights with diffs, names with slashes, layers without parameters', () => {
    const weights: Weights = {
      name: 'net',
      layers: [
        {
          name: 'inception_3a/1x1',
          type: 'Convolution',
          blobs: [{ shape: [2, 3], data: floats(6, 1), diff: floats(6, 9) }],
        },
        { name: 'inception_3a/pool', type: 'Pooling', blobs: [] },
        { name: 'shared', type: 'InnerProduct', blobs: [0, 1].map((i) => ({ shape: [2], data: floats(2, i) })) },
      ],
    };
    const file = path.join(tempFolder(), 'w.caffemodel.h5');
    writeFileSync(
      file,
      encodeWeightsHdf5(weights, (layer, blob) => layer !== 2 || blob === 1),
    );
    expect(readWeights(file)).toEqual({
      name: '',
      sparse: true,
      layers: [
        { name: 'inception_3a/1x1', type: '', blobs: [{ ...weights.layers[0]!.blobs[0]!, index: 0 }] },
        { name: 'inception_3a/pool', type: '', blobs: [] },
        { name: 'shared', type: '', blobs: [{ shape: [2], data: floats(2, 1), index: 1 }] },
      ],
    });
  });

  test('a solver state', () => {
    const state = {
      iter: 2 ** 24 - 1,
      learned_net: 'ä/net_iter_7.caffemodel.h5',
      current_step: 3,
      history: Array.from({ length: 70 }, (_, i) => ({ shape: [i % 3, 2], data: floats((i % 3) * 2, i) })),
    };
    const file = path.join(tempFolder(), 's.solverstate.h5');
    writeFileSync(file, encodeSolverStateHdf5(state));
    expect(readSolverState(file)).toEqual(state);
  });

  // 8 names a node and 32 nodes a level: none, one node, a full level and more than one level.
  test.each([0, 1, 8, 9, 256, 257, 3000])('a group of %i members', (count) => {
    const tree: Hdf5Tree = {};
    for (let i = 0; i < count; i++) tree[`layer ${i}`] = new Hdf5Leaf(Float32Array.of(i), [1]);
    const { members } = readHdf5(encodeHdf5({ data: tree })).members.get('data') as ReturnType<typeof readHdf5>;
    expect([...members.keys()]).toEqual(Object.keys(tree).sort());
    for (const [name, member] of members) {
      expect(member).toEqual({ kind: 'dataset', shape: [1], values: Float32Array.of(Number(name.slice(6))) });
    }
  });
});

describe('damage', () => {
  const good = new Uint8Array(readFileSync(golden('hdf5_adam_iter_25.solverstate.h5')));

  test('truncated anywhere: an error, and never a smaller net', () => {
    const folder = tempFolder();
    for (const part of [0.001, 0.1, 0.5, 0.9, 0.999]) {
      const file = path.join(folder, 'cut.solverstate.h5');
      writeFileSync(file, good.subarray(0, Math.floor(good.length * part) + 12));
      expect(() => readSolverState(file)).toThrow(SiameseError);
      expect(() => readSolverState(file)).toThrow(/cut.solverstate.h5 is no solverstate, or it is damaged: /);
    }
  });

  test('weights for a state, and a state for weights', () => {
    expect(() => readSolverState(golden('hdf5_adam_iter_25.caffemodel.h5'))).toThrow(/it has no group "history"/);
    expect(() => readWeights(golden('hdf5_adam_iter_25.solverstate.h5'))).toThrow(/it has no group "data"/);
  });

  test('any bytes changed or missing: a tree or an Hdf5Error', () => {
    const roll = dice(4);
    let refused = 0;
    for (let i = 0; i < 1500; i++) {
      try {
        readHdf5(damaged(good, roll));
      } catch (error) {
        if (!(error instanceof Hdf5Error)) throw error;
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(100);
  });
});
