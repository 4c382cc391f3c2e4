/** Weights as bitmaps: kernels and rows over images as tiles, all else as a matrix. */
import type { WeightBlob } from '../proto/files.js';
import { diverging } from './colors.js';
import type { Bitmap } from './picture.js';

/** [C, H, W] */
export type ImageShape = readonly [number, number, number];

/** Pixels of the picture that a map may take. */
export const WIDEST = 760;
const TALLEST = 640;

export interface WeightBitmap {
  bitmap: Bitmap;
  /** Of the picture; a multiple of the bitmap's wherever that fits. */
  width: number;
  height: number;
  /** What was left out. */
  note: string;
}

/** Kernels as tiles, rows of images as tiles, everything else as a matrix. */
export function mapOf({ shape, data }: WeightBlob, reach: number, image: ImageShape | undefined): WeightBitmap {
  const dims = shape.length === 4 && shape[0] === 1 && shape[1] === 1 ? shape.slice(2) : shape;
  if (dims.length >= 3) {
    const [outputs, inputs] = dims as [number, number];
    const inner = dims.slice(2);
    const width = inner.at(-1)!;
    const height = inner.reduce((n, d) => n * d, 1) / width;
    if (width * height > 1) return tiles(data, { outputs, inputs, height, width, color: inputs === 3 }, reach);
    return matrix(data, outputs, inputs, reach);
  }
  const [rows = 1, columns = 1] = dims.length === 1 ? [1, dims[0]] : dims;
  if (image && image[1] > 1 && columns === image[0] * image[1] * image[2]) {
    const [channels, height, width] = image;
    return tiles(data, { outputs: rows, inputs: channels, height, width, color: channels === 3 }, reach);
  }
  return matrix(data, rows, columns, reach);
}

interface Tiling {
  outputs: number;
  inputs: number;
  height: number;
  width: number;
  /** Three planes B, G, R that are shown as one colour tile. */
  color: boolean;
}

function tiles(data: Float32Array, { outputs, inputs, height, width, color }: Tiling, reach: number): WeightBitmap {
  // One plane, or one colour: outputs in a grid. More: a row for each output, a column for each input.
  const single = color || inputs === 1;
  const fitting = (size: number, room: number) => Math.max(1, Math.floor(room / (size + 1)));
  const across = single
    ? Math.min(outputs, gridWidth(outputs, width, height))
    : Math.min(inputs, fitting(width, WIDEST));
  const down = single
    ? Math.min(Math.ceil(outputs / across), fitting(height, TALLEST))
    : Math.min(outputs, fitting(height, TALLEST));
  const bitmap = blank(across * (width + 1) + 1, down * (height + 1) + 1);
  const paint = (left: number, top: number, at: (plane: number, y: number, x: number) => number, first: number) => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const rgb = color
          ? [2, 1, 0].map((plane) => 128 + (127 * at(first + plane, y, x)) / reach)
          : diverging(at(first, y, x) / reach);
        bitmap.rgb.set(
          rgb.map((c) => Math.max(0, Math.min(255, Math.round(c)))),
          ((top + y) * bitmap.width + left + x) * 3,
        );
      }
    }
  };
  const value = (plane: number, y: number, x: number) => data[(plane * height + y) * width + x]!;
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      const output = single ? row * across + column : row;
      if (output >= outputs) continue;
      const plane = single ? output * inputs : output * inputs + column;
      paint(column * (width + 1) + 1, row * (height + 1) + 1, value, plane);
    }
  }
  const shownOutputs = single ? Math.min(outputs, across * down) : down;
  const parts = [
    ...(shownOutputs < outputs ? [`${shownOutputs} of ${outputs} outputs`] : []),
    ...(!single && across < inputs ? [`${across} of ${inputs} inputs`] : []),
  ];
  const layout = single ? '' : 'rows: outputs, columns: inputs';
  return scaled(bitmap, [parts.join(', '), layout].filter(Boolean).join('; '));
}

/** About twice as wide as high. */
function gridWidth(count: number, width: number, height: number): number {
  return Math.max(
    1,
    Math.min(Math.floor(WIDEST / (width + 1)), Math.ceil(Math.sqrt((2 * count * (height + 1)) / (width + 1)))),
  );
}

/** Larger than its room, a matrix is shown by the value of largest size in each block: what stands out still does. */
function matrix(data: Float32Array, rows: number, columns: number, reach: number): WeightBitmap {
  const [blockX, blockY] = [Math.ceil(columns / WIDEST), Math.ceil(rows / TALLEST)];
  const bitmap = blank(Math.ceil(columns / blockX), Math.ceil(rows / blockY));
  for (let y = 0; y < bitmap.height; y++) {
    for (let x = 0; x < bitmap.width; x++) {
      let strongest = 0;
      for (let r = y * blockY; r < Math.min(rows, (y + 1) * blockY); r++) {
        for (let c = x * blockX; c < Math.min(columns, (x + 1) * blockX); c++) {
          const value = data[r * columns + c]!;
          if (!(Math.abs(value) <= Math.abs(strongest))) strongest = value;
        }
      }
      bitmap.rgb.set(diverging(strongest / reach), (y * bitmap.width + x) * 3);
    }
  }
  const blocks = blockX * blockY > 1 ? `; each dot the strongest of ${blockY} x ${blockX} weights` : '';
  return scaled(bitmap, `rows: outputs, columns: inputs${blocks}`);
}

function blank(width: number, height: number): Bitmap {
  return { width, height, rgb: new Uint8Array(width * height * 3).fill(214) };
}

/** Whole multiples, so that all weights are equally large. Long thin matrices are made thicker. */
function scaled(bitmap: Bitmap, note: string): WeightBitmap {
  const factor = Math.max(1, Math.min(14, Math.floor(WIDEST / bitmap.width), Math.floor(TALLEST / bitmap.height)));
  const width = bitmap.width * factor;
  const height = Math.max(bitmap.height * factor, Math.min(bitmap.height * 14, 60));
  return { bitmap, width, height, note };
}
