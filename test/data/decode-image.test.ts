/** Images of every format: the pixels that went in, in Caffe's order, and damage of every sort. */
import sharp from 'sharp';
import { decodeImage } from '../../src/data/decode-image';
import { damaged, dice, onlyDataErrors } from './fixtures';
import { writePng } from './png-writer';

const [WIDTH, HEIGHT] = [24, 16];
/** Smooth, so that what loses a little loses little. */
const rgb = Buffer.from(
  Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)];
    return [10 * x, 15 * y, 255 - 5 * (x + y)];
  }).flat(),
);
const color = () => sharp(rgb, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
const gray = () =>
  sharp(Buffer.from(Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % WIDTH) * 10)), {
    raw: { width: WIDTH, height: HEIGHT, channels: 1 },
  }).toColourspace('b-w');
const planes = [2, 1, 0].flatMap((c) => Array.from({ length: WIDTH * HEIGHT }, (_, i) => rgb[3 * i + c]!));

/** Largest difference of two arrays of equal length. */
function farthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a, (value, i) => Math.abs(value - b[i]!)).reduce((most, d) => Math.max(most, d), 0);
}

test.each([
  ['PNG', () => color().png().toBuffer(), 0],
  ['WebP without loss', () => color().webp({ lossless: true }).toBuffer(), 0],
  ['TIFF', () => color().tiff({ compression: 'lzw' }).toBuffer(), 0],
  ['GIF', () => color().gif({ colors: 256, dither: 0 }).toBuffer(), 24],
  ['JPEG', () => color().jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(), 4],
  ['AVIF without loss', () => color().avif({ lossless: true, chromaSubsampling: '4:4:4' }).toBuffer(), 4],
  ['AVIF of 10 bits', () => color().avif({ quality: 100, chromaSubsampling: '4:4:4', bitdepth: 10 }).toBuffer(), 4],
  ['WebP', () => color().webp({ quality: 100 }).toBuffer(), 16],
])('%s in colour: planes B, G, R', async (_format, write, loss) => {
  const image = await decodeImage(await write(), 'x');
  expect(image).toMatchObject({ channels: 3, height: HEIGHT, width: WIDTH });
  expect(farthest(image.bytes, planes)).toBeLessThanOrEqual(loss);
});

test.each([
  ['PNG', () => gray().png().toBuffer(), 0],
  ['TIFF', () => gray().tiff({ compression: 'none' }).toBuffer(), 0],
  ['JPEG', () => gray().jpeg({ quality: 100 }).toBuffer(), 2],
])('%s in gray: one plane, or three when asked', async (_format, write, loss) => {
  const bytes = await write();
  const one = await decodeImage(bytes, 'x');
  expect(one.channels).toBe(1);
  expect(
    farthest(
      one.bytes,
      Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % WIDTH) * 10),
    ),
  ).toBeLessThanOrEqual(loss);
  const three = await decodeImage(bytes, 'x', { channels: 3 });
  expect(three.channels).toBe(3);
  expect([...three.bytes]).toEqual([...one.bytes, ...one.bytes, ...one.bytes]);
});

test('colour made gray and small', async () => {
  const image = await decodeImage(await color().tiff().toBuffer(), 'x', { channels: 1, height: 4, width: 5 });
  expect(image).toMatchObject({ channels: 1, height: 4, width: 5 });
});

test('transparency is left out, and 16 bits are cut to 8', async () => {
  const clear = await sharp(rgb, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .ensureAlpha(0.5)
    .webp({ lossless: true, exact: true })
    .toBuffer();
  expect([...(await decodeImage(clear, 'x')).bytes]).toEqual(planes);
  const sample = (x: number, y: number, c: number) => (x * 251 + y * 509 + c * 1021) % 65536;
  for (const size of [9, 300]) {
    // Below and above the size from which libvips decodes.
    const png = writePng({ width: size, height: size, bitDepth: 16, colorType: 2, sample });
    const { bytes } = await decodeImage(png, 'x');
    const expected = [2, 1, 0].flatMap((c) =>
      Array.from({ length: size * size }, (_, i) => sample(i % size, Math.floor(i / size), c) >> 8),
    );
    expect(farthest(bytes, expected)).toBe(0);
  }
});

test('a photo is turned as its EXIF says', async () => {
  const turned = await color().jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer();
  const image = await decodeImage(turned, 'x');
  expect(image).toMatchObject({ height: WIDTH, width: HEIGHT });
  // Its top right corner is the stored top left one: little red.
  expect(image.bytes[2 * WIDTH * HEIGHT + HEIGHT - 1]).toBeLessThan(12);
});

describe('damage', () => {
  const formats: [string, () => Promise<Buffer>][] = [
    ['JPEG', () => color().jpeg().toBuffer()],
    ['WEBP', () => color().webp().toBuffer()],
    ['GIF', () => color().gif().toBuffer()],
    ['TIFF', () => color().tiff().toBuffer()],
    ['PNG', () => color().resize(300, 300).png().toBuffer()],
  ];

  test.each(formats)('%s cut short', async (format, write) => {
    const bytes = await write();
    const message = await onlyDataErrors(() => decodeImage(bytes.subarray(0, bytes.length >> 1), 'x.img'));
    expect(message).toMatch(
      format === 'PNG' ? /^x.img: cannot read this image: / : `x.img: cannot read this ${format} image: `,
    );
  });

  test.each(formats)('%s with any bytes changed or missing: an image or an error', async (_format, write) => {
    const bytes = await write();
    const roll = dice(3);
    for (let i = 0; i < 60; i++) await onlyDataErrors(() => decodeImage(damaged(bytes, roll), 'x'));
  });

  test('nothing, a few bytes, and text', async () => {
    expect(await onlyDataErrors(() => decodeImage(Buffer.alloc(0), 'x'))).toBe(
      'x: cannot read this image: it is empty',
    );
    expect(await onlyDataErrors(() => decodeImage(Buffer.from('abc'), 'x'))).toMatch(/truncated/);
    expect(await onlyDataErrors(() => decodeImage(Buffer.from('<svg width="1"></svg>'), 'x'))).toMatch(
      /no format that is known/,
    );
  });

  test('more pixels than any photo has', async () => {
    const blank = sharp({ create: { width: 9000, height: 9000, channels: 3, background: 'red' } });
    const bytes = await blank.png({ compressionLevel: 9 }).toBuffer();
    expect(await onlyDataErrors(() => decodeImage(bytes, 'x'))).toMatch(/exceeds pixel limit/);
  });
});
