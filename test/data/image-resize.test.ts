/** Resizing, against values of OpenCV 5.0's cv::resize. */
import { resizeImage } from '../../src/data/image-resize';

const source = (height: number, width: number, value: (x: number, y: number) => number) => ({
  channels: 1,
  height,
  width,
  bytes: Uint8Array.from({ length: height * width }, (_, i) => value(i % width, Math.floor(i / width)) % 256),
});
const image = source(5, 7, (x, y) => x * 37 + y * y * 11 + x * y * 5);

// cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR or INTER_AREA), equal to the bit.
test.each([
  ['linear', 3, 4, [18, 86, 153, 168, 62, 144, 226, 52, 171, 97, 119, 99]],
  [
    'linear',
    8,
    9,
    [
      [0, 25, 53, 82, 111, 140, 168, 197, 222],
      [5, 31, 61, 92, 122, 153, 183, 176, 128],
      [13, 41, 74, 107, 140, 173, 197, 143, 11],
      [34, 64, 99, 135, 170, 205, 143, 73, 50],
      [61, 94, 131, 169, 207, 182, 104, 64, 96],
      [96, 130, 170, 210, 251, 104, 82, 115, 150],
      [142, 179, 157, 120, 163, 118, 136, 130, 71],
      [176, 214, 144, 46, 91, 135, 179, 138, 6],
    ].flat(),
  ],
  ['area', 2, 3, [42, 136, 142, 142, 146, 106]],
  ['area', 5, 3, [26, 111, 196, 41, 137, 123, 78, 185, 73, 136, 182, 118, 180, 91, 112]],
] as const)('%s to %i x %i', (interpolation, height, width, expected) => {
  const resized = resizeImage(image, height, width, interpolation);
  expect(resized).toMatchObject({ channels: 1, height, width });
  expect([...resized.bytes]).toEqual(expected);
});

test('halving both sides is the mean of four, as in OpenCV', () => {
  const even = source(4, 6, (x, y) => x * 37 + y * y * 11);
  expect([...resizeImage(even, 2, 3).bytes]).toEqual([24, 98, 172, 90, 164, 174]);
});

test('every plane by itself; the same size is the same image', () => {
  const two = { channels: 2, height: 1, width: 2, bytes: Uint8Array.of(0, 100, 200, 40) };
  expect([...resizeImage(two, 1, 4).bytes]).toEqual([0, 25, 75, 100, 200, 160, 80, 40]);
  expect(resizeImage(two, 1, 2)).toBe(two);
});
