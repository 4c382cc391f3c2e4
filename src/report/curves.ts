/** Losses, accuracies and learning rate over the iterations of one training or of several. */
import { drawAxes, drawLegend, drawTitle, legendWidth, MARGIN, type Range, rangeOf } from './axes.js';
import { classColor } from './colors.js';
import { Picture } from './picture.js';
import type { Series } from './training-log.js';

export interface CurvesOptions {
  title: string;
  width?: number | undefined;
}

interface Panel {
  title: string;
  height: number;
  series: Series[];
}

const GAP = 16;
/** Losses that span more than this factor are shown by powers of ten. */
const LOG_SPAN = 20;

/** One panel for losses, one for shares such as accuracies, one for the learning rate; only those that there is something for. */
export function curves(series: readonly Series[], { title, width = 1000 }: CurvesOptions): Picture {
  const shown = series.filter(({ values }) => values.some(Number.isFinite));
  const rates = shown.filter(({ phase }) => phase === 'rate');
  const losses = shown.filter(({ phase, name }) => phase !== 'rate' && !isShare(name));
  const shares = shown.filter(({ phase, name }) => phase !== 'rate' && isShare(name));
  const panels: Panel[] = [
    { title: 'loss', height: 380, series: losses },
    { title: 'accuracy', height: 300, series: shares },
    { title: 'learning rate', height: 150, series: rates },
  ].filter((panel) => panel.series.length > 0);
  const inner = panels.reduce((sum, { height }) => sum + height + GAP, 0);
  const picture = new Picture(width, MARGIN.top + inner + MARGIN.bottom);
  drawTitle(picture, title);
  const x = rangeOf(
    shown.flatMap(({ iterations }) => iterations),
    0,
  );
  let top = MARGIN.top;
  const legends = panels.map((panel) => entriesOf(panel));
  const legend = Math.max(0, ...legends.map(legendWidth));
  for (const [p, panel] of panels.entries()) {
    const area = {
      x: MARGIN.left,
      y: top,
      width: width - MARGIN.left - MARGIN.right - legend,
      height: panel.height - 30,
    };
    drawPanel(picture, panel, area, { ...x, title: p === panels.length - 1 ? 'iteration' : undefined });
    drawLegend(picture, legends[p]!, area.x + area.width + 16, area.y, area.height);
    top += panel.height + GAP;
  }
  return picture;
}

/** Names of what lies between 0 and 1. */
function isShare(name: string): boolean {
  return /acc|prec|recall|top-?\d/i.test(name);
}

function entriesOf({ series }: Panel) {
  return series.map(({ name, phase }, i) => ({ name, color: colorOf(i, phase), line: true, dash: phase === 'test' }));
}

const colorOf = (i: number, phase: Series['phase']) => (phase === 'rate' ? classColor(7, 10) : classColor(i, 10));

function drawPanel(
  picture: Picture,
  { series, title }: Panel,
  area: { x: number; y: number; width: number; height: number },
  x: Range & { title?: string | undefined },
): void {
  const values = series.flatMap((one) => one.values).filter(Number.isFinite);
  const [least, most] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const log = title === 'loss' && least > 0 && most / least > LOG_SPAN;
  const y = log ? { min: least / 1.1, max: most * 1.1, log } : { ...rangeOf(values), ...(least >= 0 && { min: 0 }) };
  if (title === 'accuracy' && most <= 1) y.max = 1;
  const frame = drawAxes(picture, area, x.max > x.min ? x : { ...x, max: x.min + 1 }, { ...y, title });
  for (const [i, { iterations, values: own, phase }] of series.entries()) {
    const points = iterations.map((at, k) => [frame.px(at), frame.py(own[k]!)] as const);
    const color = colorOf(i, phase);
    picture.line(points, color, { width: phase === 'test' ? 2.2 : 1.6, dash: phase === 'test' });
    // Few points are shown as such: with a test each 1000 iterations the line between them is made up.
    if (points.length <= 40) for (const [px, py] of points) picture.circle(px, py, 3, { fill: color });
  }
}
