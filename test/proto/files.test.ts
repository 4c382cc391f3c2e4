import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  blobProto,
  encodeNetWithBlobs,
  encodeSolverState,
  readNet,
  readSolver,
  readSolverState,
  readWeights,
} from '../../src/proto/files';
import type { NetParameter } from '../../src/proto/messages';
import { decode, encode } from '../../src/proto/schema';
import { golden, goldenFiles } from './golden';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'proto-files-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function temporary(name: string, content: Uint8Array | string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

const data = Float32Array.from({ length: 60 }, (_, i) => Math.fround(Math.sin(i)));

describe('weights', () => {
  test('of the mini net: both towers in full, with shapes', () => {
    const weights = readWeights(golden('mini', 'init.caffemodel'));
    expect(weights.name).toBe('mini_siamese');
    const shapes = weights.layers
      .filter((layer) => layer.blobs.length)
      .map((layer) => [layer.name, layer.type, ...layer.blobs.map((b) => b.shape.join('x'))]);
    const tower = [
      ['conv1', 'Convolution', '6x1x5x5', '6'],
      ['conv2', 'Convolution', '8x6x5x5', '8'],
      ['ip1', 'InnerProduct', '24x128', '24'],
      ['feat', 'InnerProduct', '2x24', '2'],
    ];
    expect(shapes).toEqual([...tower, ...tower.map(([name, ...rest]) => [`${name}_p`, ...rest])]);
    const [first, second] = ['ip1', 'ip1_p'].map(
      (name) => weights.layers.find((layer) => layer.name === name)!.blobs[0]!.data,
    );
    expect(first).toEqual(second);
    expect(first!.some((value) => value !== 0)).toBe(true);
  });

  test.each([...goldenFiles('mini', '100.caffemodel')])('%s: every number as plain decoding gives it', (file) => {
    const net = decode('NetParameter', readFileSync(file));
    const plain = net.layer!.map((layer) => (layer.blobs ?? []).map((blob) => blob.data));
    expect(readWeights(file).layers.map((layer) => layer.blobs.map((blob) => blob.data))).toEqual(plain);
  });

  test('what is read can be written and read again', () => {
    const net: NetParameter = decode('NetParameter', readFileSync(golden('mini', 'init.caffemodel')));
    const weights = readWeights(golden('mini', 'init.caffemodel'));
    const layers = net.layer!.map((layer, i) => {
      const blobs = weights.layers[i]!.blobs.map(blobProto);
      return blobs.length ? { ...layer, blobs } : layer;
    });
    expect(
      Buffer.compare(encodeNetWithBlobs({ ...net, layer: layers }), readFileSync(golden('mini', 'init.caffemodel'))),
    ).toBe(0);
  });

  test('with differences, and with 64-bit numbers', () => {
    const layer = [
      {
        name: 'a',
        blobs: [
          { shape: { dim: [60] }, data, diff: data.map((x) => -x) },
          { shape: { dim: [2] }, double_data: Float64Array.of(0.1, 2) },
        ],
      },
    ];
    const [first, second] = readWeights(temporary('diff.caffemodel', encode('NetParameter', { layer }))).layers[0]!
      .blobs;
    expect(first).toEqual({ shape: [60], data, diff: data.map((x) => -x) });
    expect(second).toEqual({ shape: [2], data: Float32Array.of(0.1, 2) });
  });

  test('of V1 and V0 files, with the 4-d shape of their time', () => {
    const blobs = [{ num: 1, channels: 1, height: 6, width: 10, data }];
    const layers = [
      { name: 'a', type: 'INNER_PRODUCT' as const, blobs },
      { layer: { name: 'b', type: 'conv', blobs } },
    ];
    const file = temporary('old.caffemodel', encode('NetParameter', { name: 'old', layers }));
    const blob = { shape: [1, 1, 6, 10], data, legacy: true };
    expect(readWeights(file)).toEqual({
      name: 'old',
      layers: [
        { name: 'a', type: 'InnerProduct', blobs: [blob] },
        { name: 'b', type: 'conv', blobs: [blob] },
      ],
    });
  });

  test("with MyCaffe's trailer", () => {
    const content = readFileSync(golden('mini', 'init.caffemodel'));
    const version = Buffer.alloc(32);
    version.write('1.0.1');
    const offset = Buffer.alloc(8);
    offset.writeBigInt64LE(BigInt(content.length));
    const trailer = Buffer.concat([
      Buffer.alloc(256),
      Buffer.from('mycaffe.ai'),
      version,
      offset,
      Buffer.from('mycaffe.ai'),
    ]);
    const file = temporary('mycaffe.caffemodel', Buffer.concat([content, trailer]));
    expect(readWeights(file)).toEqual(readWeights(golden('mini', 'init.caffemodel')));
    expect(() => readWeights(temporary('cut.caffemodel', Buffer.concat([content, trailer.subarray(0, 200)])))).toThrow(
      /is no caffemodel, or it is damaged/,
    );
  });
});

describe('solver states', () => {
  test.each(goldenFiles('mini', '.solverstate'))('%s', (file) => {
    const state = readSolverState(file);
    expect(state.iter).toBe(Number(/_iter_(\d+)/.exec(file)![1]));
    expect(state.learned_net).toBe(path.basename(file).replace('solverstate', 'caffemodel'));
    const slots = /adam|adadelta/.test(file) ? 2 : 1;
    expect(state.history).toHaveLength(8 * slots);
    expect(Buffer.compare(encodeSolverState(state), readFileSync(file))).toBe(0);
  });
});

describe('what cannot be used', () => {
  const content = readFileSync(golden('mini', 'init.caffemodel'));
  test.each([
    [
      'is missing',
      () => path.join(folder, 'none.caffemodel'),
      /^cannot open weights .*none.caffemodel: there is no such file$/,
    ],
    ['is a folder', () => folder, /^cannot open weights .*: it is a folder$/],
    [
      'begins as an HDF5 file and is none',
      () => temporary('h5.caffemodel', Buffer.from('\x89HDF\r\n\x1a\n....', 'latin1')),
      /is no caffemodel, or it is damaged: a superblock of version 46 is not read here$/,
    ],
    ['is empty', () => temporary('empty.caffemodel', ''), /empty.caffemodel is empty$/],
    ['is a prototxt', () => temporary('text.caffemodel', 'name: "x"\n'), /is no caffemodel, or it is damaged/],
    [
      'breaks off',
      () => temporary('short.caffemodel', content.subarray(0, 20000)),
      /is no caffemodel, or it is damaged/,
    ],
    [
      'has fewer numbers than its shape',
      () =>
        temporary(
          'few.caffemodel',
          encode('NetParameter', { layer: [{ name: 'a', blobs: [{ shape: { dim: [61] }, data }] }] }),
        ),
      /^blob 0 of layer 'a' in .*few.caffemodel has 60 values for shape 61 \(61\)$/,
    ],
    [
      'has an absurd shape',
      () =>
        temporary(
          'absurd.caffemodel',
          encode('NetParameter', { layer: [{ name: 'a', blobs: [{ shape: { dim: [2 ** 40, -1] }, data }] }] }),
        ),
      /has 60 values for shape 1099511627776 x -1/,
    ],
  ])('a caffemodel that %s', (_what, file, message) => {
    expect(() => readWeights(file())).toThrow(
      expect.objectContaining({ code: 'input', message: expect.stringMatching(message) }),
    );
  });

  test('text in place of weights is told so', () => {
    expect(() => readWeights(temporary('text2.caffemodel', 'name: "x"\n'))).toThrow(
      expect.objectContaining({ help: 'it looks like text: is it a prototxt?' }),
    );
    expect(() => readWeights(temporary('short2.caffemodel', content.subarray(0, 20000)))).toThrow(
      expect.objectContaining({ help: undefined }),
    );
  });

  test('a net that is missing, and one that is no text', () => {
    expect(() => readNet(path.join(folder, 'none.prototxt'))).toThrow(/^cannot open net .*: there is no such file$/);
    expect(() => readSolver(golden('mini', 'init.caffemodel'))).toThrow(
      expect.objectContaining({ code: 'input', help: expect.stringContaining('--weights') }),
    );
  });
});
