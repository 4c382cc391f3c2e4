/** Weights as pictures: filters of convolutions as tiles, inner products as heat maps, with statistics beside. */
import type { WeightBlob, Weights } from '../proto/files.js';
import { cutText, GRAY, LIGHT, Picture } from './picture.js';
import { type ImageShape, mapOf, WIDEST } from './weight-bitmaps.js';
import { drawHistogram, drawScale, drawStatistics, statisticsOf } from './weight-statistics.js';

export interface WeightMapOptions {
  title: string;
  /** Only this layer. */
  layer?: string | undefined;
  /** Other weights of the same net, which are subtracted. */
  minus?: Weights | undefined;
  /** [C, H, W] of the net's images: a first inner product over them has its rows shown as images. */
  image?: ImageShape | undefined;
}

const WIDTH = 1120;

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
  image: ImageShape | undefined,
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
  const right = WIDEST + 60;
  drawStatistics(picture, main, blobs[1], right, top + 36);
  drawHistogram(picture, main.data, statistics.low, statistics.high, right, top + 164);
  drawScale(picture, reach, right, top + 274);
  return Math.max(map.height + (map.note ? 60 : 40), 310);
}
