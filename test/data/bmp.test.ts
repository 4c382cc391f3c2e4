/** Windows bitmaps: every kind against the pixels it was written from, and damage of every sort. */
import { bmpSize, decodeBmp } from '../../src/data/bmp';
import { type BmpSpec, writeBmp } from './bmp-writer';
import { damaged, dice, onlyDataErrors } from './fixtures';

const SIZES = [
  [1, 1],
  [7, 5],
  [16, 3],
] as const;

/** Planes B, G, R. */
function planes(width: number, height: number, color: (x: number, y: number) => readonly number[]): number[] {
  return [0, 1, 2].flatMap((c) =>
    Array.from({ length: width * height }, (_, i) => color(i % width, Math.floor(i / width))[c]!),
  );
}

describe.each(SIZES)('%i x %i', (width, height) => {
  const roll = dice(width * height);
  const values = Array.from({ length: width * height }, () => roll(2 ** 31));
  const at = (x: number, y: number) => values[y * width + x]!;

  test.each([1, 4, 8] as const)('%i bits with a palette, either header, either way up', (depth) => {
    const palette = Array.from({ length: 2 ** depth }, (): [number, number, number] => [
      roll(256),
      roll(256),
      roll(256),
    ]);
    const pixel = (x: number, y: number) => at(x, y) % palette.length;
    for (const kind of [{}, { topDown: true }, { old: true }]) {
      const image = decodeBmp(writeBmp({ width, height, depth, palette, pixel, ...kind }), 'x.bmp');
      expect(image).toMatchObject({ channels: 3, height, width });
      expect([...image.bytes]).toEqual(planes(width, height, (x, y) => palette[pixel(x, y)]!));
    }
  });

  test('8 bits with a gray palette are one plane', () => {
    const palette = Array.from({ length: 256 }, (_, i): [number, number, number] => [255 - i, 255 - i, 255 - i]);
    const bmp = writeBmp({ width, height, depth: 8, palette, pixel: (x, y) => at(x, y) % 256 });
    const image = decodeBmp(bmp, 'x.bmp');
    expect(image.channels).toBe(1);
    expect([...image.bytes]).toEqual(values.map((value) => 255 - (value % 256)));
    expect(bmpSize(bmp, 'x.bmp')).toEqual({ width, height, color: false });
  });

  test('24 and 32 bits', () => {
    const color = (x: number, y: number) => [at(x, y) & 255, (at(x, y) >> 8) & 255, (at(x, y) >> 16) & 255];
    for (const depth of [24, 32] as const) {
      const bmp = writeBmp({ width, height, depth, pixel: (x, y) => at(x, y) & 0xffffff });
      expect([...decodeBmp(bmp, 'x.bmp').bytes]).toEqual(planes(width, height, color));
      expect(bmpSize(bmp, 'x.bmp')).toEqual({ width, height, color: true });
    }
  });

  test('16 bits: 5 of each, or as the masks say', () => {
    const wide = (value: number, bits: number) => Math.round((value * 255) / (2 ** bits - 1));
    const pixel = (x: number, y: number) => at(x, y) % 65536;
    const plain = decodeBmp(writeBmp({ width, height, depth: 16, pixel }), 'x.bmp');
    const five = (x: number, y: number) => [0, 5, 10].map((shift) => wide((pixel(x, y) >> shift) & 31, 5));
    expect([...plain.bytes]).toEqual(planes(width, height, five));
    const masked = writeBmp({ width, height, depth: 16, pixel, masks: [0xf800, 0x7e0, 0x1f] });
    const six = (x: number, y: number) => {
      const value = pixel(x, y);
      return [wide(value & 31, 5), wide((value >> 5) & 63, 6), wide(value >> 11, 5)];
    };
    expect([...decodeBmp(masked, 'x.bmp').bytes]).toEqual(planes(width, height, six));
  });
});

describe('run lengths', () => {
  const palette = Array.from({ length: 16 }, (_, i): [number, number, number] => [i, i, i]);
  const image = (spec: Pick<BmpSpec, 'depth' | 'runs' | 'width' | 'height'>) => [
    ...decodeBmp(writeBmp({ palette, pixel: () => 0, ...spec }), 'x.bmp').bytes,
  ];

  test('8 bits: runs, pixels as they are, jumps', () => {
    const runs = [3, 7, 0, 0, 0, 3, 1, 2, 3, 0, 0, 2, 1, 0, 1, 9, 0, 1];
    // The bottom row first: 7 7 7 0 0; then 1 2 3, one further, 9.
    expect(image({ depth: 8, width: 5, height: 2, runs })).toEqual([1, 2, 3, 0, 9, 7, 7, 7, 0, 0]);
  });

  test('4 bits: two colours by turns', () => {
    const runs = [5, 0x12, 0, 0, 0, 5, 0x34, 0x56, 0x70, 0, 0, 1];
    expect(image({ depth: 4, width: 5, height: 2, runs })).toEqual([3, 4, 5, 6, 7, 1, 2, 1, 2, 1]);
  });

  test('a run out of the image, and data that end early', async () => {
    const broken = (runs: number[]) => onlyDataErrors(() => image({ depth: 8, width: 2, height: 1, runs }));
    expect(await broken([3, 1, 0, 1])).toMatch(/a run leaves the image/);
    expect(await broken([0, 2, 0, 9, 1, 1, 0, 1])).toMatch(/a run leaves the image/);
    expect(await broken([2, 1])).toMatch(/truncated/);
  });
});

describe('damage', () => {
  const gray = Array.from({ length: 256 }, (_, i): [number, number, number] => [i, i, i]);
  const good = writeBmp({ width: 9, height: 9, depth: 8, palette: gray, pixel: (x, y) => x * y });
  const edit = (change: (bmp: Buffer) => void) => {
    const bmp = Buffer.from(good);
    change(bmp);
    return bmp;
  };

  test.each<[string, Buffer, RegExp]>([
    ['cut in the pixels', good.subarray(0, -20), /image data is truncated/],
    ['cut in the palette', good.subarray(0, 200), /palette is truncated/],
    ['cut in the header', good.subarray(0, 30), /the file is truncated/],
    ['no width', edit((bmp) => bmp.writeInt32LE(0, 18)), /0 x 9, is impossible/],
    ['too many pixels', edit((bmp) => bmp.writeInt32LE(1 << 30, 18)), /more than 67108864/],
    ['an unknown header', edit((bmp) => bmp.writeUInt32LE(39, 14)), /a header of 39 bytes is unknown/],
    ['an odd depth', edit((bmp) => bmp.writeUInt16LE(7, 28)), /7 bits with compression 0 is impossible/],
    ['a JPEG inside', edit((bmp) => bmp.writeUInt32LE(4, 30)), /compression 4 is not supported/],
    ['colours beyond the palette', edit((bmp) => bmp.writeUInt32LE(50, 46)), /colour 56 of a palette of 50/],
  ])('%s', async (_what, bmp, message) => {
    expect(await onlyDataErrors(() => decodeBmp(bmp, 'x.bmp'))).toMatch(message);
  });

  test('any bytes changed or missing: an image or an error', async () => {
    const roll = dice(5);
    for (let i = 0; i < 2000; i++) await onlyDataErrors(() => decodeBmp(damaged(good, roll), 'x.bmp'));
  });
});
