/** Datums: against the generic wire format, against Caffe's own bytes, and damaged. */

import { DatumError, DatumReader, encodeDatum } from '../../src/data/datum';
import { RecordCollector } from '../../src/data/record-collector';
import type { Datum } from '../../src/proto/messages';
import { decode, encode } from '../../src/proto/schema';
import { damaged, dice, onlyDataErrors } from './fixtures';
import { grayPng, writePng } from './png-writer';

const read = (bytes: Uint8Array) => {
  const datum = new DatumReader();
  datum.read(bytes);
  return datum;
};
const key = Buffer.from('00000007');
const collect = (...datums: Datum[]) => {
  const records = new RecordCollector('db', datums.length);
  for (const datum of datums) records.add(key, encode('Datum', datum));
  return records.finish();
};

describe('the reader agrees with the schema', () => {
  test.each<[string, Datum]>([
    ['bytes', { channels: 1, height: 2, width: 3, data: Uint8Array.of(1, 2, 3, 250, 255, 0), label: 9 }],
    ['a negative label', { channels: 1, height: 1, width: 1, data: Uint8Array.of(1), label: -3 }],
    ['a large label', { channels: 1, height: 1, width: 1, data: Uint8Array.of(1), label: 2 ** 31 - 1 }],
    ['encoded', { data: Uint8Array.of(5, 6), label: 1, encoded: true }],
    ['nothing', {}],
  ])('%s', (_what, datum) => {
    const view = read(encode('Datum', datum));
    expect(view.channels).toBe(datum.channels ?? 0);
    expect(view.height).toBe(datum.height ?? 0);
    expect(view.width).toBe(datum.width ?? 0);
    expect(view.label).toBe(datum.label ?? 0);
    expect(view.encoded).toBe(datum.encoded ?? false);
    expect(view.data && [...view.data]).toEqual(datum.data && [...datum.data]);
  });

  test('float_data, packed or not', () => {
    const floats = [0.5, -1.25, 3e8, Number.NaN, 0];
    const loose = encode('Datum', { channels: 5, height: 1, width: 1, float_data: floats });
    expect([...read(loose).floats!]).toEqual([...Float32Array.from(floats)]);
    const packed = Buffer.concat([Buffer.from([0x32, 20]), Buffer.from(Float32Array.from(floats).buffer)]);
    expect([...read(packed).floats!]).toEqual([...Float32Array.from(floats)]);
  });

  test('one reader, many records: nothing is left over', () => {
    const reader = new DatumReader();
    reader.read(encode('Datum', { channels: 2, height: 1, width: 1, float_data: [1, 2], label: 4, encoded: true }));
    const floats = reader.floats!;
    reader.read(encode('Datum', { data: Uint8Array.of(1) }));
    expect([reader.channels, reader.label, reader.encoded, reader.floats]).toEqual([0, 0, false, undefined]);
    expect([...floats]).toEqual([1, 2]);
  });

  test('unknown fields are passed over', () => {
    const extra = [
      0xc2, 0x3e, 2, 9, 9, 0xc8, 0x3e, 0x80, 0x01, 0xcd, 0x3e, 1, 2, 3, 4, 0xd1, 0x3e, 1, 2, 3, 4, 5, 6, 7, 8,
    ];
    expect(read(Buffer.concat([Buffer.from(extra), encode('Datum', { label: 3 })])).label).toBe(3);
  });
});

describe('encodeDatum', () => {
  test.each([0, 1, 127, 128, 300, 2 ** 31 - 1, -1, -128, -(2 ** 31)])(
    'label %i, byte for byte as protobuf',
    (label) => {
      const datum = {
        channels: 3,
        height: 200,
        width: 70000,
        data: Uint8Array.from({ length: 300 }, (_, i) => i),
        label,
      };
      expect(Buffer.from(encodeDatum(datum))).toEqual(Buffer.from(encode('Datum', datum)));
    },
  );

  test('encoded is written when given, be it false', () => {
    const plain = encodeDatum({ data: Uint8Array.of(7), label: 1 });
    expect([...plain]).toEqual([0x22, 1, 7, 0x28, 1]);
    expect([...encodeDatum({ data: Uint8Array.of(7), label: 1, encoded: false })]).toEqual([...plain, 0x38, 0]);
    expect(decode('Datum', encodeDatum({ data: Uint8Array.of(7), label: 1, encoded: true })).encoded).toBe(true);
  });
});

describe('sets of records', () => {
  const one = (label: number, data: number[]): Datum => ({
    channels: 1,
    height: 1,
    width: 2,
    label,
    data: Uint8Array.from(data),
  });

  test('bytes one after another, labels as floats', async () => {
    expect(await collect(one(3, [1, 2]), one(-1, [3, 4]))).toEqual({
      bytes: Uint8Array.of(1, 2, 3, 4),
      labels: Float32Array.of(3, -1),
      count: 2,
      channels: 1,
      height: 1,
      width: 2,
    });
  });

  test('one record of floats makes all of them floats', async () => {
    const set = await collect(
      one(0, [1, 2]),
      { channels: 1, height: 1, width: 2, float_data: [0.5, 7] },
      one(0, [3, 4]),
    );
    expect(set.bytes).toBeUndefined();
    expect([...set.floats!]).toEqual([1, 2, 0.5, 7, 3, 4]);
  });

  test('encoded PNG images are decoded, gray and in colour, or as asked', async () => {
    const gray = encodeDatum({ data: grayPng(2, 1, Uint8Array.of(9, 200)), label: 5, encoded: true });
    const records = new RecordCollector('db', 1);
    records.add(key, gray);
    expect(await records.finish()).toMatchObject({
      bytes: Uint8Array.of(9, 200),
      count: 1,
      channels: 1,
      height: 1,
      width: 2,
    });
    const color = new RecordCollector('db', 2, { channels: 3 });
    color.add(key, gray);
    const red = writePng({ width: 2, height: 1, bitDepth: 8, colorType: 2, sample: (_x, _y, c) => [255, 1, 0][c]! });
    color.add(key, encodeDatum({ data: red, label: 5, encoded: true }));
    expect([...(await color.finish()).bytes!]).toEqual([9, 200, 9, 200, 9, 200, 0, 0, 1, 1, 255, 255]);
  });

  test.each<[string, Datum[], RegExp]>([
    ['too few bytes', [one(0, [1])], /db: record "00000007": its Datum of 1 x 1 x 2 holds 1 values/],
    ['no bytes', [{ channels: 1, height: 1, width: 2 }], /holds 0 values/],
    ['no size', [{ data: Uint8Array.of(1) }], /its Datum of 0 x 0 x 0 holds 1 values/],
    [
      'another size',
      [one(0, [1, 2]), { ...one(0, [1, 2]), height: 2, width: 1 }],
      /of 1 x 2 x 1, the records before it of 1 x 1 x 2/,
    ],
    ['a size beyond reason', [{ channels: 1e6, height: 1e6, width: 1e6, data: Uint8Array.of(1) }], /holds 1 values/],
    [
      'an encoded JPEG cut short',
      [{ data: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), encoded: true }],
      /record "00000007": encoded image: cannot read this JPEG image: /,
    ],
    [
      'an encoded something',
      [{ data: Uint8Array.of(1, 2, 3, 4), encoded: true }],
      /cannot read this image: it is truncated/,
    ],
    ['an encoded nothing', [{ encoded: true }], /empty/],
    [
      'an image not marked encoded',
      [{ ...one(0, []), data: grayPng(2, 1, Uint8Array.of(1, 2)) }],
      /an image file not marked `encoded`/,
    ],
    [
      'an encoded PNG cut short',
      [{ data: grayPng(2, 1, Uint8Array.of(1, 2)).subarray(0, 50), encoded: true }],
      /truncated/,
    ],
  ])('%s is refused', async (_what, datums, message) => {
    expect(await onlyDataErrors(() => collect(...datums))).toMatch(message);
  });
});

test('damaged Datums give DatumErrors or other values, nothing else', () => {
  const roll = dice(11);
  const reader = new DatumReader();
  const good = encode('Datum', {
    channels: 1,
    height: 4,
    width: 4,
    data: new Uint8Array(16),
    float_data: [1, 2, 3],
    label: 7,
  });
  let refused = 0;
  for (let i = 0; i < 6000; i++) {
    try {
      reader.read(damaged(good, roll));
      expect(reader.data?.length ?? 0).toBeLessThanOrEqual(good.length);
    } catch (error) {
      if (!(error instanceof DatumError)) throw error;
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(1500);
});
