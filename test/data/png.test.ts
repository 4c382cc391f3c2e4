/** PNG images: every kind against pngjs, conversions by hand, and damage of every sort. */
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

/** What pngjs makes of it, in our order: B, G, R planes or one gray plane, the upper 8 bits of 16. */
function byPngjs(file: Buffer, spec: PngSpec): Uint8Array {
  // With skipRescale, pngjs hands out 16-bit samples as they are: the upper byte is OpenCV's 8-bit sample.
  const { data } = PNG.sync.read(file, { skipRescale: spec.bitDepth === 16 });
  const shift = spec.bitDepth === 16 ? 8 : 0;
  const plane = spec.width * spec.height;
  const order = spec.colorType & 2 ? [2, 1, 0] : [0];
  return Uint8Array.from(order.flatMap((c) => Array.from({ length: plane }, (_, i) => data[4 * i + c]! >> shift)));
}

describe('decodePng equals pngjs', () => {
  for (const interlaced of [false, true]) {
    test.each(KINDS)(`colour type %i with %i bits${interlaced ? ', interlaced' : ''}`, (colorType, bitDepth) => {
      for (let seed = 1; seed <= 6; seed++) {
        const spec = randomImage(colorType, bitDepth, interlaced, seed);
        const file = writePng(spec);
        const image = decodePng(file, 'x.png');
        expect([image.channels, image.height, image.width]).toEqual([colorType & 2 ? 3 : 1, spec.height, spec.width]);
        expect(image.bytes).toEqual(byPngjs(file, spec));
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
    const long = Buffer.concat([
      good.subarray(0, 33),
      chunk('IDAT', require('node:zlib').deflateSync(Buffer.alloc(1 << 24))),
    ]);
    expect(await refuses(Buffer.concat([long, chunk('IEND', Buffer.alloc(0))]))).toMatch(
      /more image data than its size/,
    );
  });

  test.each([
    ['a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0, 0, 0]), /JPEG, which is not supported yet/],
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
