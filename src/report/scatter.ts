/** A picture of encodings as points, coloured by class, with axes, legend and the classes' centroids. */
import { Canvas, type Color, textHeight, textWidth } from './canvas.js';
import { classColor } from './colors.js';

export interface ScatterOptions {
  title: string;
  /** In the order of the legend. */
  classes: readonly { label: number; name: string }[];
  /** x and y of the centroid of each class, in that order. */
  centroids?: Float32Array | undefined;
  width?: number | undefined;
  height?: number | undefined;
}

const BLACK: Color = [0, 0, 0];
const WHITE: Color = [255, 255, 255];
const GRAY: Color = [120, 120, 120];
const LIGHT: Color = [228, 228, 228];
const MARGIN = { left: 80, top: 56, bottom: 48, right: 20 };
const LEGEND_LINE = 24;
/** Legends longer than this many characters are cut. */
const LONGEST_NAME = 14;

/** The picture as the bytes of a PNG. Both axes have one scale, so that distances in the picture are distances. */
export function scatter(points: Float32Array, labels: ArrayLike<number>, options: ScatterOptions): Buffer {
  const { classes, centroids, width = 1000, height = 820 } = options;
  const canvas = new Canvas(width, height);
  const shown = classes.slice(0, Math.floor((height - MARGIN.top - MARGIN.bottom) / LEGEND_LINE));
  const legend = 40 + Math.max(0, ...shown.map(({ name }) => textWidth(cut(name))));
  const area = {
    x: MARGIN.left,
    y: MARGIN.top,
    width: width - MARGIN.left - MARGIN.right - legend,
    height: height - MARGIN.top - MARGIN.bottom,
  };
  const view = frame(points, centroids, area);
  canvas.text(MARGIN.left, 20, options.title);
  drawAxes(canvas, area, view);

  const colors = new Map(classes.map(({ label }, i) => [label, classColor(i, classes.length)]));
  // Fewer points are larger and darker. In the order of the records, so that no class hides the others.
  const count = points.length / 2;
  const radius = count > 5000 ? 1.5 : count > 500 ? 2.5 : 4;
  const opacity = count > 5000 ? 0.45 : 0.75;
  for (let i = 0; i < count; i++) {
    const [x, y] = view.place(points[2 * i]!, points[2 * i + 1]!);
    canvas.disc(x, y, radius, colors.get(labels[i]!) ?? GRAY, opacity);
  }
  if (centroids) drawCentroids(canvas, centroids, classes, view);
  drawLegend(canvas, shown, area.x + area.width + 16, area.y, colors, classes.length - shown.length);
  return canvas.png();
}

interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface View {
  scale: number;
  minX: number;
  minY: number;
  maxX: number;
  maxY: number;
  place(x: number, y: number): [number, number];
}

/** One scale for both axes that shows all points, with some room around them. */
function frame(points: Float32Array, centroids: Float32Array | undefined, area: Area): View {
  const low = [Infinity, Infinity];
  const high = [-Infinity, -Infinity];
  for (const values of [points, centroids ?? new Float32Array(0)]) {
    values.forEach((value, i) => {
      if (!Number.isFinite(value)) return;
      low[i % 2] = Math.min(low[i % 2]!, value);
      high[i % 2] = Math.max(high[i % 2]!, value);
    });
  }
  const middle = [0, 1].map((axis) => (Number.isFinite(low[axis]) ? (low[axis]! + high[axis]!) / 2 : 0));
  const size = [0, 1].map((axis) => (Number.isFinite(low[axis]) ? high[axis]! - low[axis]! : 0));
  const room = 1.06;
  const scale = Math.min(area.width / (size[0]! * room || 1), area.height / (size[1]! * room || 1));
  const minX = middle[0]! - area.width / 2 / scale;
  const maxY = middle[1]! + area.height / 2 / scale;
  return {
    scale,
    minX,
    maxY,
    maxX: minX + area.width / scale,
    minY: maxY - area.height / scale,
    place: (x, y) => [area.x + (x - minX) * scale, area.y + (maxY - y) * scale],
  };
}

function drawAxes(canvas: Canvas, area: Area, view: View): void {
  const step = niceStep(120 / view.scale);
  for (const tick of ticks(view.minX, view.maxX, step)) {
    const [x] = view.place(tick, 0);
    canvas.rectangle(Math.round(x), area.y, 1, area.height, LIGHT);
    const text = tickText(tick, step);
    canvas.text(x - textWidth(text) / 2, area.y + area.height + 12, text, GRAY);
  }
  for (const tick of ticks(view.minY, view.maxY, step)) {
    const [, y] = view.place(0, tick);
    canvas.rectangle(area.x, Math.round(y), area.width, 1, LIGHT);
    const text = tickText(tick, step);
    canvas.text(area.x - textWidth(text) - 10, y - textHeight() / 2, text, GRAY);
  }
  canvas.rectangle(area.x, area.y, 1, area.height, GRAY);
  canvas.rectangle(area.x, area.y + area.height, area.width, 1, GRAY);
}

function drawCentroids(canvas: Canvas, centroids: Float32Array, classes: ScatterOptions['classes'], view: View): void {
  classes.forEach(({ name }, i) => {
    const [x, y] = view.place(centroids[2 * i]!, centroids[2 * i + 1]!);
    const text = cut(name);
    const w = textWidth(text) + 8;
    const h = textHeight() + 8;
    canvas.rectangle(Math.round(x - w / 2) - 1, Math.round(y - h / 2) - 1, w + 2, h + 2, BLACK);
    canvas.rectangle(Math.round(x - w / 2), Math.round(y - h / 2), w, h, WHITE);
    canvas.text(Math.round(x - w / 2) + 4, Math.round(y - h / 2) + 4, text);
  });
}

function drawLegend(
  canvas: Canvas,
  classes: ScatterOptions['classes'],
  x: number,
  y: number,
  colors: ReadonlyMap<number, Color>,
  more: number,
): void {
  classes.forEach(({ label, name }, i) => {
    const top = y + i * LEGEND_LINE;
    canvas.disc(x + 7, top + 7, 6, colors.get(label)!);
    canvas.text(x + 22, top, cut(name));
  });
  if (more > 0) canvas.text(x, y + classes.length * LEGEND_LINE, `+${more} more`, GRAY, 1);
}

function cut(name: string): string {
  const characters = [...name];
  return characters.length <= LONGEST_NAME ? name : `${characters.slice(0, LONGEST_NAME - 2).join('')}..`;
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((f) => f * power >= least * (1 - 1e-9))!;
  return factor * power;
}

function ticks(from: number, to: number, step: number): number[] {
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, i) => (first + i) * step);
}

function tickText(tick: number, step: number): string {
  const text = tick.toFixed(Math.min(20, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))));
  return Number(text) === 0 ? text.replace('-', '') : text;
}
