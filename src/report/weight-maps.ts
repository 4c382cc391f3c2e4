/** Weights as pictures: filters of convolutions as tiles, inner products as heat maps, with statistics beside. */
import type { WeightBlob, Weights } from '../proto/files.js';
import { diverging } from './colors.js';
import { type Bitmap, BLACK, cutText, GRAY, LIGHT, Picture } from './picture.js';

export interface WeightMapOptions {
  title: string;
  /** Only this layer. */
  layer?: string | undefined;
  /** Other weights of the same net, which are subtracted. */
  minus?: Weights | undefined;
  /** [C, H, W] of the net's images: a first inner product over them has its rows shown as images. */
  image?: readonly [number, number, number] | undefined;
}

const WIDTH = 1120;
const MAP = 760;
const TALLEST = 640;

interface Map_ {
  bitmap: Bitmap;
  /** Of the picture; a multiple of the bitmap's wherever that fits. */
  width: number;
  height: number;
  /** What was left out. */
  note: string;
}

/** A panel for each layer with weights, one for layers that share theirs. */
export function weightMaps(weights: Weights, { title, layer, minus, image }: WeightMapOptions): Picture {
  const picture = new Picture(WIDTH, 0);
  picture.text(20, 26, title, { size: 18, bold: true });
  let top = 52;
  for (const { name, type, blobs, also } of distinct(weights)) {
    const [main] = blobs;
    if (!main || (layer !== undefined && name !== layer && !also.includes(layer))) continue;
    const other = minus?.layers.find((candidate) => candidate.name === name)?.blobs;
    const shown = blobs.map((blob, b) => (other ? difference(blob, other[b]) : blob));
    top += drawPanel(picture, { name, type, blobs: shown, also }, top, image) + 26;
  }
  picture.height = Math.max(top, 80);
  return picture;
}

/** Names of the layers that there are maps of. */
export function layersWithWeights(weights: Weights): string[] {
  return weights.layers.filter(({ blobs }) => blobs.length > 0).map(({ name }) => name);
}

interface Layer {
  name: string;
  type: string;
  blobs: readonly WeightBlob[];
  /** Layers with the same numbers. */
  also: string[];
}

/** A snapshot holds shared weights once for each layer that uses them. */
function distinct({ layers }: Weights): Layer[] {
  const out: Layer[] = [];
  for (const { name, type, blobs } of layers) {
    const twin = out.find((known) => known.type === type && sameNumbers(known.blobs, blobs));
    if (twin && blobs.length > 0) twin.also.push(name);
    else out.push({ name, type, blobs, also: [] });
  }
  return out;
}

function sameNumbers(a: readonly WeightBlob[], b: readonly WeightBlob[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ data }, i) => data.length === b[i]!.data.length && data.every((v, k) => v === b[i]!.data[k]))
  );
}

function difference(blob: WeightBlob, other: WeightBlob | undefined): WeightBlob {
  if (!other || other.data.length !== blob.data.length)
    return { ...blob, data: new Float32Array(blob.data.length).fill(Number.NaN) };
  return { ...blob, data: blob.data.map((value, i) => value - other.data[i]!) };
}

/** Draws one layer and returns its height. */
function drawPanel(
  picture: Picture,
  { name, type, blobs, also }: Layer,
  top: number,
  image: WeightMapOptions['image'],
): number {
  const [main] = blobs as [WeightBlob];
  const shared = also.length > 0 ? `, also ${also.join(', ')}` : '';
  picture.line(
    [
      [20, top - 12],
      [WIDTH - 20, top - 12],
    ],
    LIGHT,
  );
  picture.text(20, top + 8, `${name}  ${type} ${main.shape.join(' x ')}`, { size: 15, bold: true });
  if (shared)
    picture.text(30 + `${name}  ${type} ${main.shape.join(' x ')}`.length * 9, top + 8, cutText(shared.slice(2), 50), {
      size: 12,
      color: GRAY,
    });
  const statistics = statisticsOf(main.data);
  const reach = statistics.reach || 1;
  const map = mapOf(main, reach, image);
  picture.bitmap(20, top + 30, map.width, map.height, map.bitmap);
  picture.rectangle(20, top + 30, map.width, map.height, { stroke: GRAY, width: 1 });
  if (map.note) picture.text(20, top + 44 + map.height, map.note, { size: 12, color: GRAY });
  const right = MAP + 60;
  drawStatistics(picture, main, blobs[1], right, top + 36);
  drawHistogram(picture, main.data, statistics.low, statistics.high, right, top + 164);
  drawScale(picture, reach, right, top + 274);
  return Math.max(map.height + (map.note ? 60 : 40), 310);
}

interface Statistics {
  mean: number;
  deviation: number;
  low: number;
  high: number;
  zeros: number;
  /** The 0.998 quantile of the absolute values: what full colour stands for. */
  reach: number;
}

function statisticsOf(data: Float32Array): Statistics {
  const finite = data.filter(Number.isFinite);
  const count = Math.max(1, finite.length);
  const mean = finite.reduce((sum, value) => sum + value, 0) / count;
  const variance = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  const sizes = finite.map(Math.abs).sort();
  return {
    mean,
    deviation: Math.sqrt(variance),
    low: finite.reduce((a, b) => Math.min(a, b), Infinity),
    high: finite.reduce((a, b) => Math.max(a, b), -Infinity),
    zeros: finite.filter((value) => value === 0).length / count,
    reach: sizes[Math.floor(0.998 * (sizes.length - 1))] ?? 0,
  };
}

function drawStatistics(picture: Picture, blob: WeightBlob, bias: WeightBlob | undefined, x: number, y: number): void {
  const { mean, deviation, low, high, zeros } = statisticsOf(blob.data);
  const lines = [
    `${blob.data.length.toLocaleString('en-US')} weights`,
    `mean ${short(mean)}  std ${short(deviation)}`,
    `from ${short(low)} to ${short(high)}`,
    `L2 norm ${short(Math.sqrt(blob.data.reduce((sum, v) => sum + v * v, 0)))}`,
    ...(zeros >= 0.0005 ? [`${(100 * zeros).toFixed(1)} % are zero`] : []),
  ];
  if (bias) {
    const about = statisticsOf(bias.data);
    lines.push(`bias mean ${short(about.mean)}  std ${short(about.deviation)}`);
  }
  for (const [i, line] of lines.entries())
    picture.text(x, y + 19 * i, line, { size: 13, color: i === 0 ? BLACK : GRAY });
}

const short = (value: number) => (value === 0 ? '0' : Number.isFinite(value) ? value.toPrecision(3) : '-');

const BARS = 60;

function drawHistogram(picture: Picture, data: Float32Array, low: number, high: number, x: number, y: number): void {
  const [width, height] = [240, 80];
  const counts = new Array<number>(BARS).fill(0);
  for (const value of data) {
    if (Number.isFinite(value)) counts[Math.min(BARS - 1, Math.floor(((value - low) / (high - low || 1)) * BARS))]!++;
  }
  const most = Math.max(...counts, 1);
  for (const [i, n] of counts.entries()) {
    const bar = (n / most) * height;
    picture.rectangle(x + (i * width) / BARS, y + height - bar, width / BARS - 0.5, bar, { fill: [110, 140, 180] });
  }
  picture.line(
    [
      [x, y + height],
      [x + width, y + height],
    ],
    GRAY,
  );
  picture.text(x, y + height + 12, short(low), { size: 11, color: GRAY });
  picture.text(x + width, y + height + 12, short(high), { size: 11, color: GRAY, anchor: 'end' });
}

function drawScale(picture: Picture, reach: number, x: number, y: number): void {
  const steps = 61;
  const rgb = new Uint8Array(3 * steps);
  for (let i = 0; i < steps; i++) rgb.set(diverging((2 * i) / (steps - 1) - 1), 3 * i);
  picture.bitmap(x, y, 240, 10, { width: steps, height: 1, rgb });
  picture.rectangle(x, y, 240, 10, { stroke: GRAY, width: 0.7 });
  for (const [at, anchor, text] of [
    [0, 'start', short(-reach)],
    [120, 'middle', '0'],
    [240, 'end', short(reach)],
  ] as const) {
    picture.text(x + at, y + 22, text, { size: 11, color: GRAY, anchor });
  }
}

/** Kernels as tiles, rows of images as tiles, everything else as a matrix. */
function mapOf({ shape, data }: WeightBlob, reach: number, image: WeightMapOptions['image']): Map_ {
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

function tiles(data: Float32Array, { outputs, inputs, height, width, color }: Tiling, reach: number): Map_ {
  // One plane, or one colour: outputs in a grid. More: a row for each output, a column for each input.
  const single = color || inputs === 1;
  const fitting = (size: number, room: number) => Math.max(1, Math.floor(room / (size + 1)));
  const across = single ? Math.min(outputs, gridWidth(outputs, width, height)) : Math.min(inputs, fitting(width, MAP));
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
    Math.min(Math.floor(MAP / (width + 1)), Math.ceil(Math.sqrt((2 * count * (height + 1)) / (width + 1)))),
  );
}

/** Larger than its room, a matrix is shown by the value of largest size in each block: what stands out still does. */
function matrix(data: Float32Array, rows: number, columns: number, reach: number): Map_ {
  const [blockX, blockY] = [Math.ceil(columns / MAP), Math.ceil(rows / TALLEST)];
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
function scaled(bitmap: Bitmap, note: string): Map_ {
  const factor = Math.max(1, Math.min(14, Math.floor(MAP / bitmap.width), Math.floor(TALLEST / bitmap.height)));
  const width = bitmap.width * factor;
  const height = Math.max(bitmap.height * factor, Math.min(bitmap.height * 14, 60));
  return { bitmap, width, height, note };
}
