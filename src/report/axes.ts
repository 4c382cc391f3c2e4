/** The frame of a plot: scales, ticks, grid, titles and legend. */
import { BLACK, type Color, cutText, GRAY, LIGHT, type Picture, textWidth } from './picture.js';

export interface Range {
  min: number;
  max: number;
  /** Powers of ten at equal distances. */
  log?: boolean | undefined;
}

export interface Axis extends Range {
  title?: string | undefined;
}

export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Frame extends Area {
  /** From values to places in the picture. */
  px(value: number): number;
  py(value: number): number;
}

const TICK = 13;
export const TITLE = 18;

/** Room that titles and tick labels take around the plot itself. */
export const MARGIN = { left: 78, top: 52, bottom: 58, right: 22 };

export function drawTitle(picture: Picture, title: string): void {
  const size = Math.min(TITLE, (picture.width - 40) / Math.max(1, textWidth(title, 1)));
  picture.text(MARGIN.left > 40 ? 20 : 10, 26, title, { size, bold: size === TITLE });
}

/** Draws grid, ticks and titles, and says where values are. */
export function drawAxes(picture: Picture, area: Area, x: Axis, y: Axis): Frame {
  const px = placer(x, area.x, area.width);
  const py = placer(y, area.y + area.height, -area.height);
  for (const tick of ticksOf(x, area.width / 110)) {
    const at = px(tick);
    picture.line(
      [
        [at, area.y],
        [at, area.y + area.height],
      ],
      LIGHT,
    );
    picture.text(at, area.y + area.height + 16, tickText(tick, x), { size: TICK, color: GRAY, anchor: 'middle' });
  }
  for (const tick of ticksOf(y, area.height / 70)) {
    const at = py(tick);
    picture.line(
      [
        [area.x, at],
        [area.x + area.width, at],
      ],
      LIGHT,
    );
    picture.text(area.x - 8, at, tickText(tick, y), { size: TICK, color: GRAY, anchor: 'end' });
  }
  const { x: left, y: top, width, height } = area;
  picture.line(
    [
      [left, top],
      [left, top + height],
      [left + width, top + height],
    ],
    GRAY,
  );
  if (x.title) {
    picture.text(left + width / 2, top + height + 40, x.title, { size: 14, color: BLACK, anchor: 'middle' });
  }
  if (y.title) picture.text(18, top + height / 2, y.title, { size: 14, color: BLACK, anchor: 'middle', upright: true });
  return { ...area, px, py };
}

export interface LegendEntry {
  name: string;
  color: Color;
  /** A line as in curves, else a dot. */
  line?: boolean | undefined;
  dash?: boolean | undefined;
}

const LEGEND_LINE = 21;
const LONGEST_NAME = 24;

/** Width that the legend takes. */
export function legendWidth(entries: readonly LegendEntry[]): number {
  return 40 + Math.max(0, ...entries.map(({ name }) => textWidth(cutText(name, LONGEST_NAME), TICK)));
}

/** Entries from (x, y) down; those that do not fit are counted. */
export function drawLegend(
  picture: Picture,
  entries: readonly LegendEntry[],
  x: number,
  y: number,
  height: number,
): void {
  const room = Math.max(1, Math.floor(height / LEGEND_LINE));
  const shown = entries.length > room ? entries.slice(0, room - 1) : entries;
  for (const [i, { name, color, line, dash }] of shown.entries()) {
    const at = y + (i + 0.5) * LEGEND_LINE;
    if (line)
      picture.line(
        [
          [x, at],
          [x + 20, at],
        ],
        color,
        { width: 2.5, dash: dash ?? false },
      );
    else picture.circle(x + 10, at, 6, { fill: color });
    picture.text(x + 28, at, cutText(name, LONGEST_NAME), { size: TICK });
  }
  const rest = entries.length - shown.length;
  if (rest > 0)
    picture.text(x, y + (shown.length + 0.5) * LEGEND_LINE, `and ${rest} more`, { size: TICK, color: GRAY });
}

/** The range of some values, with a little room; a lone value gets a range around it. */
export function rangeOf(values: Iterable<number>, room = 0.04): Range {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  if (min > max) return { min: 0, max: 1 };
  const margin = (max - min || Math.abs(max) || 1) * room;
  return { min: min - margin, max: max + margin };
}

function placer({ min, max, log }: Range, start: number, length: number): (value: number) => number {
  if (!log) return (value) => start + ((value - min) / (max - min)) * length;
  const [low, high] = [Math.log10(min), Math.log10(max)];
  return (value) => (value > 0 ? start + ((Math.log10(value) - low) / (high - low)) * length : Number.NaN);
}

function ticksOf(range: Range, wanted: number): number[] {
  if (range.log) return powers(range, wanted);
  const step = niceStep((range.max - range.min) / Math.max(2, wanted));
  return ticks(range.min, range.max, step);
}

/** Powers of ten, with 2 and 5 between them where these are few. */
function powers({ min, max }: Range, wanted: number): number[] {
  const [low, high] = [Math.floor(Math.log10(min)), Math.ceil(Math.log10(max))];
  const each = Math.max(1, Math.ceil((high - low) / Math.max(2, wanted)));
  const between = high - low <= 2 ? [1, 2, 5] : [1];
  const out: number[] = [];
  for (let power = low; power <= high; power += each) {
    for (const digit of between) out.push(digit * 10 ** power);
  }
  return out.filter((tick) => tick >= min * 0.999 && tick <= max * 1.001);
}

/** The smallest of 1, 2, 5, 10, ... (times a power of ten) that is not below `least`. */
export function niceStep(least: number): number {
  if (!(least > 0) || !Number.isFinite(least)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least * (1 - 1e-9)) ?? 10);
}

export function ticks(min: number, max: number, step: number): number[] {
  const out: number[] = [];
  for (let i = Math.ceil(min / step - 1e-9); i * step <= max + step * 1e-9; i++) out.push(i * step);
  return out;
}

function tickText(value: number, { min, max, log }: Range): string {
  if (log) return value >= 0.001 && value < 1e5 ? String(Number(value.toPrecision(3))) : value.toExponential(0);
  if (Math.abs(value) < (max - min) * 1e-9) return '0';
  const largest = Math.max(Math.abs(min), Math.abs(max));
  if (largest >= 1e6 || largest < 1e-3) return value.toExponential(1).replace('.0e', 'e');
  return String(Number(value.toPrecision(6)));
}
