/** Two pictures of pair distances: their histograms with the threshold between them, and the ROC curve. */
import { drawAxes, drawLegend, drawTitle, legendWidth, MARGIN } from './axes.js';
import { classColor } from './colors.js';
import { type PairDistances, rocOf } from './pair-distances.js';
import { BLACK, GRAY, Picture } from './picture.js';

export interface DistancesOptions {
  title: string;
  /** The distance up to which a pair counts as the same; that of equal error rates by default. */
  threshold?: number | undefined;
  width?: number | undefined;
  height?: number | undefined;
}

const BINS = 80;
const SAME = classColor(2, 10);
const DIFFERENT = classColor(3, 10);

/** Shares of the pairs of each kind in bins of one width; what lies beyond the 0.999 quantile is in the last bin. */
export function distanceHistogram(pairs: PairDistances, options: DistancesOptions): Picture {
  const { title, width = 1000, height = 520 } = options;
  const { same, different } = pairs;
  const picture = new Picture(width, height);
  drawTitle(picture, title);
  const roc = rocOf(pairs);
  const threshold = options.threshold ?? roc.threshold;
  const most = Math.max(quantile(same, 0.999), quantile(different, 0.999), threshold * 1.1) || 1;
  const counts = [same, different].map((distances) => histogram(distances, most));
  const highest = Math.max(...counts.flat(), 1e-9);
  const entries = [
    { name: `same class (${same.length})`, color: SAME },
    { name: `different (${different.length})`, color: DIFFERENT },
    { name: `threshold ${threshold.toPrecision(4)}`, color: BLACK, line: true, dash: true },
  ];
  const area = {
    x: MARGIN.left,
    y: MARGIN.top,
    width: width - MARGIN.left - MARGIN.right - legendWidth(entries),
    height: height - MARGIN.top - MARGIN.bottom,
  };
  const x = { min: 0, max: most, title: 'distance' };
  const frame = drawAxes(picture, area, x, { min: 0, max: highest * 105, title: '% of pairs' });
  for (const [i, color] of [SAME, DIFFERENT].entries()) {
    for (const [bin, share] of counts[i]!.entries()) {
      const [left, right] = [frame.px((bin * most) / BINS), frame.px(((bin + 1) * most) / BINS)];
      const top = frame.py(share * 100);
      if (share > 0)
        picture.rectangle(left, top, right - left - 0.5, area.y + area.height - top, { fill: color, opacity: 0.55 });
    }
  }
  picture.line(
    [
      [frame.px(threshold), area.y],
      [frame.px(threshold), area.y + area.height],
    ],
    BLACK,
    { width: 1.8, dash: true },
  );
  drawLegend(picture, entries, area.x + area.width + 16, area.y, area.height);
  const [far, frr] = [share(different, threshold), 1 - share(same, threshold)];
  const notes = [`accepts ${percent(far)} of different`, `refuses ${percent(frr)} of same`];
  for (const [i, note] of notes.entries()) {
    picture.text(area.x + area.width + 16, area.y + 84 + 20 * i, note, { size: 11, color: GRAY });
  }
  return picture;
}

/** True accepts over false accepts, as the threshold grows; the diagonal is chance. */
export function rocCurve(pairs: PairDistances, { title, width = 760, height = 700 }: DistancesOptions): Picture {
  const picture = new Picture(width, height);
  drawTitle(picture, title);
  const { points, auc, eer, threshold } = rocOf(pairs);
  const side = Math.min(width - MARGIN.left - MARGIN.right, height - MARGIN.top - MARGIN.bottom);
  const area = { x: MARGIN.left, y: MARGIN.top, width: side, height: side };
  const axis = (name: string) => ({ min: 0, max: 1, title: name });
  const frame = drawAxes(picture, area, axis('different pairs accepted'), axis('same pairs accepted'));
  picture.line(
    [
      [frame.px(0), frame.py(0)],
      [frame.px(1), frame.py(1)],
    ],
    GRAY,
    { dash: true },
  );
  picture.line(
    thinned(points).map(([x, y]) => [frame.px(x), frame.py(y)] as const),
    classColor(0, 10),
    { width: 2.4 },
  );
  picture.circle(frame.px(eer), frame.py(1 - eer), 5, { fill: classColor(3, 10) });
  const lines = [
    `area under the curve ${auc.toFixed(4)}`,
    `equal error rate ${percent(eer)} at distance ${threshold.toPrecision(4)}`,
    `${pairs.same.length} same, ${pairs.different.length} different pairs${pairs.exhaustive ? '' : ', drawn'}`,
  ];
  for (const [i, line] of lines.entries()) {
    picture.text(frame.px(1) - 16, frame.py(0) - 24 - 22 * (lines.length - 1 - i), line, { size: 14, anchor: 'end' });
  }
  return picture;
}

/** A curve of thousands of steps looks the same with a few hundred. */
function thinned(points: readonly [number, number][]): [number, number][] {
  const out: [number, number][] = [];
  for (const point of points) {
    const last = out.at(-1);
    if (!last || Math.hypot(point[0] - last[0], point[1] - last[1]) > 0.002) out.push(point);
  }
  return [...out, points.at(-1)!];
}

function histogram(sorted: Float32Array, most: number): number[] {
  const counts = new Array<number>(BINS).fill(0);
  for (const value of sorted) counts[Math.min(BINS - 1, Math.floor((value / most) * BINS))]! += 1 / sorted.length;
  return counts;
}

function quantile(sorted: Float32Array, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
}

/** Of sorted values, those up to a limit. */
function share(sorted: Float32Array, limit: number): number {
  const beyond = sorted.findIndex((value) => value > limit);
  return sorted.length === 0 ? 0 : (beyond < 0 ? sorted.length : beyond) / sorted.length;
}

const percent = (value: number) => `${(100 * value).toFixed(value < 0.1 ? 2 : 1)} %`;
