/** What stands beside a map of weights: their statistics, a histogram, and the scale of its colours. */
import type { WeightBlob } from '../proto/files.js';
import { diverging } from './colors.js';
import { BLACK, GRAY, type Picture } from './picture.js';

interface Statistics {
  mean: number;
  deviation: number;
  low: number;
  high: number;
  zeros: number;
  /** The 0.998 quantile of the absolute values: what full colour stands for. */
  reach: number;
}

export function statisticsOf(data: Float32Array): Statistics {
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

export function drawStatistics(
  picture: Picture,
  blob: WeightBlob,
  bias: WeightBlob | undefined,
  x: number,
  y: number,
): void {
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

export function drawHistogram(
  picture: Picture,
  data: Float32Array,
  low: number,
  high: number,
  x: number,
  y: number,
): void {
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

export function drawScale(picture: Picture, reach: number, x: number, y: number): void {
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
