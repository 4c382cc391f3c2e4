/** Bytes: against files that Caffe wrote, against protobufjs's own codec, and by hand. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import protobuf from 'protobufjs';
import { messageInfo } from '../../src/proto/fields';
import { readMessage } from '../../src/proto/read-message';
import { decode, encode, filled } from '../../src/proto/schema';
import { goldenFiles } from './golden';

const bytes = (...values: number[]) => Uint8Array.from(values);

describe('files that Caffe wrote', () => {
  test.each(goldenFiles('mini', '.caffemodel'))('%s: read and written again it is the same to the byte', (file) => {
    const content = readFileSync(file);
    expect(Buffer.compare(encode('NetParameter', decode('NetParameter', content)), content)).toBe(0);
  });

  test.each(goldenFiles('mini', '.solverstate'))('%s: likewise', (file) => {
    const content = readFileSync(file);
    expect(Buffer.compare(encode('SolverState', decode('SolverState', content)), content)).toBe(0);
  });
});

describe("protobufjs's own codec", () => {
  const root = new protobuf.Root();
  protobuf.parse(readFileSync(path.join(__dirname, '..', '..', 'proto', 'caffe.proto'), 'utf8'), root, {
    keepCase: true,
  });

  test.each(goldenFiles('mini', 'init.caffemodel'))('reads the same from %s', (file) => {
    const content = readFileSync(file);
    const type = root.lookupType('caffe.NetParameter');
    const theirs = type.toObject(type.decode(content), { enums: String, longs: Number });
    // They give number arrays where we give Float32Array.
    const ours = JSON.parse(
      JSON.stringify(decode('NetParameter', content), (_key, value) =>
        value instanceof Float32Array ? [...value] : value,
      ),
    );
    expect(ours).toEqual(theirs);
  });

  test('reads what we write of every kind of field', () => {
    const layer = {
      name: '\u00fc',
      loss_weight: [1, -0.5],
      propagate_down: [true, false],
      phase: 'RUN' as const,
      include: [{ min_level: -3, stage: ['a', ''] }],
      blobs: [{ shape: { dim: [1, 2] }, data: Float32Array.of(1, 2), double_data: Float64Array.of(0.1) }],
      decode_param: { min_alpha: 0.1, ignore_label: [1, -1] },
    };
    const type = root.lookupType('caffe.LayerParameter');
    const theirs = type.toObject(type.decode(encode('LayerParameter', layer)), { enums: String, longs: Number });
    const plain = { ...layer, blobs: [{ shape: { dim: [1, 2] }, data: [1, 2], double_data: [0.1] }] };
    expect(theirs).toEqual(plain);
    expect(decode('LayerParameter', encode('LayerParameter', layer))).toEqual(layer);
  });
});

describe('what old and foreign writers do', () => {
  test('floats that are not packed', () => {
    const loose = bytes(0x2d, 0, 0, 128, 63, 0x2d, 0, 0, 0, 64, 8, 2);
    expect(decode('BlobProto', loose)).toEqual({ data: Float32Array.of(1, 2), num: 2 });
  });

  test('floats in several blocks, and both ways at once', () => {
    const mixed = bytes(0x2a, 4, 0, 0, 128, 63, 0x2d, 0, 0, 0, 64, 0x2a, 4, 0, 0, 64, 64);
    expect(decode('BlobProto', mixed).data).toEqual(Float32Array.of(1, 2, 3));
  });

  test('packed numbers where ours are not, and the other way round', () => {
    // LayerParameter.loss_weight (5) packed; BlobShape.dim (1) one by one.
    expect(decode('LayerParameter', bytes(0x2a, 8, 0, 0, 128, 63, 0, 0, 0, 64)).loss_weight).toEqual([1, 2]);
    expect(decode('BlobShape', bytes(8, 3, 8, 4)).dim).toEqual([3, 4]);
  });

  test('unknown fields, unknown enum values and wrong wire types are passed over', () => {
    // Field 99 as a varint, phase (10) = 7, name (1) as a varint, then name as a string; a group of field 98.
    const odd = bytes(0x98, 6, 5, 80, 7, 8, 1, 10, 1, 97, 0x93, 6, 8, 1, 0x94, 6);
    expect(decode('LayerParameter', odd)).toEqual({ name: 'a' });
  });

  test('a sub-message in two parts is merged', () => {
    const parts = [
      encode('LayerParameter', { convolution_param: { num_output: 1, pad: [1] } }),
      encode('LayerParameter', {
        convolution_param: { num_output: 2, pad: [3], weight_filler: { type: 'msra' } },
      }),
    ];
    expect(decode('LayerParameter', Buffer.concat(parts)).convolution_param).toEqual({
      num_output: 2,
      pad: [1, 3],
      weight_filler: { type: 'msra' },
    });
  });

  test('negative and 64-bit numbers', () => {
    const state = { random_seed: -5, test_iter: [-1, 2 ** 31 - 1] };
    expect(decode('SolverParameter', encode('SolverParameter', state))).toEqual(state);
    const seed = { random_seed: 2 ** 52 + 1 };
    expect(decode('SolverParameter', encode('SolverParameter', seed))).toEqual(seed);
  });
});

describe('floats are views', () => {
  const data = Float32Array.from({ length: 200 }, (_, i) => i / 3);
  // One to four characters of name put the numbers at every alignment.
  test.each(['', 'a', 'ab', 'abc'])('name %j', (name) => {
    const content = encode('LayerParameter', { name: `x${name}`, blobs: [{ data }, { data }] });
    const aligned = new Uint8Array(content.length);
    aligned.set(content);
    const layer = readMessage('LayerParameter', aligned, { inPlace: true });
    expect(layer.name).toBe(`x${name}`);
    expect(layer.blobs!.map((blob) => blob.data)).toEqual([data, data]);
    for (const blob of layer.blobs!) expect(blob.data!.buffer).toBe(aligned.buffer);
  });

  test('decode leaves its argument as it was', () => {
    for (const name of ['', 'a', 'ab', 'abc']) {
      const content = encode('LayerParameter', { name, blobs: [{ data }] });
      const before = Uint8Array.from(content);
      decode('LayerParameter', content);
      expect(content).toEqual(before);
    }
  });
});

test.each([
  ['a number that breaks off', bytes(0x80)],
  ['a number that never ends', bytes(8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255)],
  ['a string that is longer than the file', bytes(10, 200, 1, 97)],
  ['packed floats that are no whole number of floats', bytes(0x3a, 4, 0x2a, 2, 0, 0)],
  ['a sub-message that is longer than what contains it', bytes(0x3a, 2, 0x3a, 50)],
  ['an end of a group that never began', bytes(0x0c)],
  ['a group that never ends', bytes(0x93, 6)],
  ['field number 0', bytes(0, 1)],
])('%s is an error of ours', (_what, content) => {
  expect(() => decode('LayerParameter', content)).toThrow(
    expect.objectContaining({ name: 'SiameseError', code: 'input' }),
  );
});

describe('defaults', () => {
  test('are those of the .proto, in 32 bits where it says float', () => {
    expect(filled('PoolingParameter', {})).toEqual({
      pool: 'MAX',
      pad: 0,
      pad_h: 0,
      pad_w: 0,
      kernel_size: 0,
      kernel_h: 0,
      kernel_w: 0,
      stride: 1,
      stride_h: 0,
      stride_w: 0,
      engine: 'DEFAULT',
      global_pooling: false,
      round_mode: 'CEIL',
    });
    expect(filled('SolverParameter', undefined)).toMatchObject({
      type: 'SGD',
      momentum2: Math.fround(0.999),
      delta: Math.fround(1e-8),
      test_iter: [],
      solver_mode: 'GPU',
      random_seed: -1,
    });
    expect(filled('HingeLossParameter', {}).norm).toBe('L1');
    expect(filled('Datum', {})).toEqual({
      channels: 0,
      height: 0,
      width: 0,
      data: new Uint8Array(0),
      label: 0,
      float_data: [],
      encoded: false,
    });
  });

  test('do not replace what is given, and leave sub-messages alone', () => {
    const given = { num_output: 3, bias_term: false, weight_filler: { type: 'msra' } };
    const full = filled('InnerProductParameter', given);
    expect(full).toEqual({ ...given, axis: 1, transpose: false });
    expect(given).toEqual({ num_output: 3, bias_term: false, weight_filler: { type: 'msra' } });
    expect('bias_filler' in full).toBe(false);
  });

  test("fields that are ours or MyCaffe's are numbered from 10000 in messages that Caffe has", () => {
    // A net with none of them is the same bytes for Caffe; the numbers below are those that Caffe defines.
    for (const [type, last] of [
      ['LayerParameter', 148],
      ['SolverParameter', 42],
      ['DataParameter', 10],
      ['TransformationParameter', 7],
    ] as const) {
      const numbers = messageInfo(type).fields.map((field) => field.id);
      expect(Math.max(...numbers.filter((id) => id < 10000))).toBe(last);
      expect(Math.max(...numbers)).toBeGreaterThanOrEqual(10000);
    }
  });
});
