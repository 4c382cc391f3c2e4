/**
 * Brings an image to another size with the arithmetic of OpenCV's cv::resize for bytes, which Caffe's tools call:
 * INTER_LINEAR (pixel centres, weights of 11 bits, no smoothing before shrinking) and INTER_AREA (means over areas).
 */
import type { Image } from './image.js';

/**
 * `linear` is Caffe's. `area` averages what falls into each pixel where the image shrinks, so that a photo of millions
 * of pixels keeps its strokes in 28 x 28; where it grows it is `linear`.
 */
export type Interpolation = 'linear' | 'area';

/** OpenCV's INTER_RESIZE_COEF_SCALE. */
const ONE = 2048;

/** The image in `height` x `width` pixels; the same object where it has that size already. */
export function resizeImage(
  image: Image,
  height: number,
  width: number,
  interpolation: Interpolation = 'linear',
): Image {
  if (image.height === height && image.width === width) return image;
  const { channels } = image;
  const bytes = new Uint8Array(channels * height * width);
  const shrinks = image.height >= height && image.width >= width;
  // As in OpenCV, halving both sides is the mean of four, whatever was asked for.
  const halves = image.height === 2 * height && image.width === 2 * width;
  const resize = (interpolation === 'area' && shrinks) || halves ? areaPlane : linearPlane;
  for (let c = 0; c < channels; c++) {
    const from = image.bytes.subarray(c * image.height * image.width, (c + 1) * image.height * image.width);
    const to = bytes.subarray(c * height * width, (c + 1) * height * width);
    resize(from, image.height, image.width, to, height, width);
  }
  return { channels, height, width, bytes };
}

type ResizePlane = (
  from: Uint8Array,
  fromHeight: number,
  fromWidth: number,
  to: Uint8Array,
  height: number,
  width: number,
) => void;

const linearPlane: ResizePlane = (from, fromHeight, fromWidth, to, height, width) => {
  const across = linearTaps(fromWidth, width);
  const down = linearTaps(fromHeight, height);
  // Two source rows, already of the new width; kept while neighbouring rows need them.
  const rows = [new Int32Array(width), new Int32Array(width)] as [Int32Array, Int32Array];
  const held = [-1, -1];
  const row = (y: number): Int32Array => {
    const slot = y & 1;
    if (held[slot] !== y) stretchRow(from, y * fromWidth, across, rows[slot]!);
    held[slot] = y;
    return rows[slot]!;
  };
  for (let y = 0; y < height; y++) {
    const [first, second] = [down.first[y]!, down.second[y]!];
    const upper = row(first);
    const lower = row(second);
    const [a, b] = [down.upper[y]!, down.lower[y]!];
    const at = y * width;
    for (let x = 0; x < width; x++) {
      to[at + x] = (((a * (upper[x]! >> 4)) >> 16) + ((b * (lower[x]! >> 4)) >> 16) + 2) >> 2;
    }
  }
};

interface Taps {
  first: Int32Array;
  second: Int32Array;
  /** Weights of the first and the second, in 1/2048ths. */
  upper: Int32Array;
  lower: Int32Array;
}

/** Which two source pixels make each new one along one axis. */
function linearTaps(from: number, to: number): Taps {
  const taps: Taps = {
    first: new Int32Array(to),
    second: new Int32Array(to),
    upper: new Int32Array(to),
    lower: new Int32Array(to),
  };
  const scale = 1 / (to / from);
  for (let i = 0; i < to; i++) {
    const centre = Math.fround((i + 0.5) * scale - 0.5);
    const first = Math.floor(centre);
    const part = Math.fround(centre - first);
    taps.first[i] = Math.min(Math.max(first, 0), from - 1);
    taps.second[i] = Math.min(Math.max(first + 1, 0), from - 1);
    taps.upper[i] = roundEven(Math.fround(1 - part) * ONE);
    taps.lower[i] = roundEven(part * ONE);
  }
  return taps;
}

function stretchRow(from: Uint8Array, at: number, { first, second, upper, lower }: Taps, to: Int32Array): void {
  for (let x = 0; x < to.length; x++) {
    to[x] = from[at + first[x]!]! * upper[x]! + from[at + second[x]!]! * lower[x]!;
  }
}

const areaPlane: ResizePlane = (from, fromHeight, fromWidth, to, height, width) => {
  const [across, down] = [areaParts(fromWidth, width), areaParts(fromHeight, height)];
  const row = new Float32Array(width);
  const sum = new Float32Array(width);
  for (let y = 0; y < height; y++) {
    sum.fill(0);
    for (let p = down.starts[y]!; p < down.starts[y + 1]!; p++) {
      const at = down.pixels[p]! * fromWidth;
      for (let x = 0; x < width; x++) {
        let total = 0;
        for (let q = across.starts[x]!; q < across.starts[x + 1]!; q++) {
          total += from[at + across.pixels[q]!]! * across.weights[q]!;
        }
        row[x] = total;
      }
      const weight = down.weights[p]!;
      for (let x = 0; x < width; x++) sum[x]! += weight * row[x]!;
    }
    for (let x = 0; x < width; x++) to[y * width + x] = Math.round(sum[x]!);
  }
};

/** Source pixels under each new one along one axis, with the share of each; those of pixel i from starts[i] on. */
function areaParts(from: number, to: number) {
  const scale = from / to;
  const pixels: number[] = [];
  const weights: number[] = [];
  const starts = [0];
  for (let i = 0; i < to; i++) {
    const [begin, end] = [i * scale, Math.min((i + 1) * scale, from)];
    for (let pixel = Math.floor(begin); pixel < end; pixel++) {
      const covered = Math.min(pixel + 1, end) - Math.max(pixel, begin);
      if (covered < 1e-3) continue; // rounding, as OpenCV sees it
      pixels.push(pixel);
      weights.push(covered / (end - begin));
    }
    starts.push(pixels.length);
  }
  return { starts: Int32Array.from(starts), pixels: Int32Array.from(pixels), weights: Float64Array.from(weights) };
}

/** To the nearest integer, halves to the even one, as cvRound does. */
function roundEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
