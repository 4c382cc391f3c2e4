/** PNG images: every kind against the samples it was written from, conversions by hand, and damage of every sort. */
import { deflateSync, inflateSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { toChannels } from '../../src/data/image';
import { decodePng, pngSize } from '../../src/data/png';
import { damaged, dice, onlyDataErrors } from './fixtures';
import { chunk, type PngSpec, SAMPLES, writePng } from './png-writer';

const KINDS: [colorType: number, bitDepth: number][] = [
  ...[1, 2, 4, 8, 16].map((depth): [number, number] => [0, depth]),
  ...[8, 16].map((depth): [number, number] => [2, depth]),
  ...[1, 2, 4, 8].map((depth): [number, number] => [3, depth]),
  ...[8, 16].map((depth): [number, number] => [4, depth]),
  ...[8, 16].map((depth): [number, number] => [6, depth]),
];

function randomImage(colorType: number, bitDepth: number, interlaced: boolean, seed: number): PngSpec {
  const roll = dice(seed);
  const [width, height] = [1 + roll(19), 1 + roll(19)];
  const samples = Array.from({ length: width * height * 4 }, () => roll(2 ** bitDepth));
  const channels = SAMPLES[colorType]!;
  return {
    width,
    height,
    bitDepth,
    colorType,
    interlaced,
    filter: () => roll(5),
    ...(colorType === 3 && { palette: Array.from({ length: 3 * 2 ** bitDepth }, () => roll(256)) }),
    sample: (x, y, c) => samples[(y * width + x) * channels + c]!,
  };
}

/** What was written, in our order: B, G, R planes or one gray plane; fewer bits widened to 255, of 16 the upper 8. */
function planes({ width, height, bitDepth, colorType, palette, sample }: PngSpec): Uint8Array {
  const toByte = (value: number) => (bitDepth === 16 ? value >> 8 : (value * 255) / (2 ** bitDepth - 1));
  const pixels = Array.from({ length: width * height }, (_, i) => [i % width, Math.floor(i / width)] as const);
  return Uint8Array.from(
    (colorType & 2 ? [2, 1, 0] : [0]).flatMap((c) =>
      pixels.map(([x, y]) => (palette ? palette[3 * sample(x, y, 0) + c]! : toByte(sample(x, y, c)))),
    ),
  );
}

describe('every kind', () => {
  for (const interlaced of [false, true]) {
    test.each(KINDS)(`colour type %i with %i bits${interlaced ? ', interlaced' : ''}`, (colorType, bitDepth) => {
      for (let seed = 1; seed <= 6; seed++) {
        const spec = randomImage(colorType, bitDepth, interlaced, seed);
        const file = writePng(spec);
        const image = decodePng(file, 'x.png');
        expect([image.channels, image.height, image.width]).toEqual([colorType & 2 ? 3 : 1, spec.height, spec.width]);
        expect(image.bytes).toEqual(planes(spec));
      }
    });
  }
});

test("samples are the writer's own: 4-bit gray is widened to 255", () => {
  const image = decodePng(writePng({ width: 16, height: 1, bitDepth: 4, colorType: 0, sample: (x) => x }), 'x');
  expect([...image.bytes]).toEqual(Array.from({ length: 16 }, (_, i) => 17 * i));
});

test('what pngjs writes is read', () => {
  const png = new PNG({ width: 3, height: 2, colorType: 2 });
  png.data = Buffer.from(Array.from({ length: 6 }, (_, i) => [i, 10 + i, 20 + i, 255]).flat());
  const image = decodePng(PNG.sync.write(png, { colorType: 2 }), 'x');
  expect([...image.bytes]).toEqual([20, 21, 22, 23, 24, 25, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5]);
});

test('chunks that do not matter change nothing: a transparent colour, comments, what follows the end', () => {
  const spec = randomImage(2, 8, false, 4);
  const file = writePng(spec);
  const color = Buffer.from([0, 1, 2].flatMap((c) => [0, spec.sample(0, 0, c)]));
  const extra = [chunk('tRNS', color), chunk('tEXt', Buffer.from('a\0b')), chunk('PLTE', Buffer.alloc(6))];
  const longer = Buffer.concat([file.subarray(0, 33), ...extra, file.subarray(33), Buffer.from('more')]);
  expect(decodePng(longer, 'x').bytes).toEqual(planes(spec));
});

test('image data in several chunks', () => {
  const spec = randomImage(6, 8, true, 9);
  const file = writePng(spec);
  const data = file.subarray(41, -16);
  const parts = [data.subarray(0, 1), data.subarray(1, 1), data.subarray(1, 30), data.subarray(30)];
  const split = Buffer.concat([file.subarray(0, 33), ...parts.map((part) => chunk('IDAT', part)), file.subarray(-12)]);
  expect(decodePng(split, 'x').bytes).toEqual(planes(spec));
});

describe('gray and colour', () => {
  test("gray by OpenCV's weights: 0.299 R + 0.587 G + 0.114 B", () => {
    const roll = dice(5);
    const bytes = Uint8Array.from({ length: 300 }, () => roll(256));
    const gray = toChannels({ channels: 3, height: 10, width: 10, bytes }, 1);
    gray.bytes.forEach((value, i) => {
      const exact = 0.114 * bytes[i]! + 0.587 * bytes[100 + i]! + 0.299 * bytes[200 + i]!;
      expect(Math.abs(value - exact)).toBeLessThanOrEqual(0.51); // rounding, and weights in 1/16384ths
    });
  });

  test('equal samples stay as they are, and gray has three equal planes', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const color = toChannels({ channels: 1, height: 16, width: 16, bytes }, 3);
    expect([...color.bytes]).toEqual([...bytes, ...bytes, ...bytes]);
    expect(toChannels(color, 1).bytes).toEqual(bytes);
  });

  test('decodePng converts on request', () => {
    const file = writePng({ width: 1, height: 1, bitDepth: 8, colorType: 2, sample: (_x, _y, c) => [255, 0, 0][c]! });
    expect([...decodePng(file, 'x').bytes]).toEqual([0, 0, 255]);
    expect([...decodePng(file, 'x', 1).bytes]).toEqual([76]);
    expect(pngSize(file.subarray(0, 33), 'x')).toEqual({ width: 1, height: 1, color: true });
  });
});

describe('damage', () => {
  const good = writePng(randomImage(2, 8, false, 3));
  const refuses = (bytes: Uint8Array) => onlyDataErrors(() => decodePng(bytes, 'x.png'));

  test('cut at any byte', async () => {
    for (let size = 0; size < good.length; size++)
      expect(await refuses(good.subarray(0, size))).toMatch(/^x\.png: cannot read/);
  });

  test('any single bit', async () => {
    for (let bit = 0; bit < 8 * good.length; bit++) {
      const bytes = Buffer.from(good);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(await refuses(bytes)).toMatch(/^x\.png: cannot read/);
    }
  });

  test('several bytes, of every kind of image, with the checksums made right again', async () => {
    const roll = dice(77);
    let refused = 0;
    for (let i = 0; i < 600; i++) {
      const [colorType, bitDepth] = KINDS[roll(KINDS.length)]!;
      const file = writePng(randomImage(colorType, bitDepth, roll(2) === 1, roll(1000)));
      if ((await refuses(mendChecksums(Buffer.from(damaged(file, roll))))) !== undefined) refused++;
    }
    expect(refused).toBeGreaterThan(300);
  });

  test('a bomb is refused before it goes off', async () => {
    const bomb = writePng({ width: 1, height: 1, bitDepth: 8, colorType: 0, sample: () => 0 });
    bomb.writeUInt32BE(60000, 16);
    bomb.writeUInt32BE(60000, 20);
    expect(await refuses(mendChecksums(bomb))).toMatch(/60000 x 60000 pixels, more than 256 MiB/);
    bomb.writeUInt32BE(1, 16);
    bomb.writeUInt32BE(10_000_000, 20); // few samples, but ten million rows
    expect(await refuses(mendChecksums(bomb))).toMatch(/1 x 10000000 pixels, more than 256 MiB/);
    const long = Buffer.concat([good.subarray(0, 33), chunk('IDAT', deflateSync(Buffer.alloc(1 << 24)))]);
    expect(await refuses(Buffer.concat([long, chunk('IEND', Buffer.alloc(0))]))).toMatch(
      /more image data than its size/,
    );
  });

  test.each([false, true])(
    'image data that end early, are corrupt or name no filter (interlaced: %s)',
    async (interlaced) => {
      const spec = randomImage(2, 8, interlaced, 3);
      const withData = (data: Buffer) =>
        refuses(Buffer.concat([writePng(spec).subarray(0, 33), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]));
      const data = Buffer.from(writePng(spec).subarray(41, -16));
      const raw = inflateSync(data);
      expect(await withData(data)).toBeUndefined();
      expect(await withData(data.subarray(0, -5))).toMatch(/image data is truncated/);
      expect(await withData(deflateSync(raw.subarray(0, -1)))).toMatch(/image data is truncated/);
      expect(await withData(deflateSync(Buffer.concat([raw, raw])))).toMatch(/more image data than its size/);
      data[data.length - 1]! ^= 1;
      expect(await withData(data)).toMatch(/image data is corrupt/);
      raw[0] = 5;
      expect(await withData(deflateSync(raw))).toMatch(/a row has an unknown filter/);
    },
  );

  test.each([
    ['a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0, 0]), /it is no PNG/],
    ['text', Buffer.from('hello, this is no image'), /it is no PNG/],
    ['nothing', Buffer.alloc(0), /truncated/],
    ['no palette', writePng({ width: 1, height: 1, bitDepth: 8, colorType: 3, sample: () => 0 }), /palette is missing/],
    [
      'a colour beyond the palette',
      writePng({ width: 1, height: 1, bitDepth: 8, colorType: 3, palette: [1, 2, 3], sample: () => 7 }),
      /colour 7 of a palette of 1/,
    ],
  ])('%s', async (_what, bytes, message) => {
    expect(await refuses(bytes)).toMatch(message);
  });
});

/** So that damage gets past the checksums to the code behind them. */
function mendChecksums(file: Buffer): Buffer {
  for (let at = 8; at + 12 <= file.length; ) {
    const size = file.readUInt32BE(at);
    if (size > file.length - at - 12) break;
    const mended = chunk(file.toString('latin1', at + 4, at + 8), file.subarray(at + 8, at + 8 + size));
    mended.copy(file, at);
    at += 12 + size;
  }
  return file;
}
