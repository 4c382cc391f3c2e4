/** Encodings as points, coloured by class, with axes, legend and the classes' centroids. */
import { type Area, drawAxes, drawLegend, drawTitle, type Frame, legendWidth, MARGIN } from './axes.js';
import { classColor } from './colors.js';
import { BLACK, cutText, GRAY, Picture, textWidth, WHITE } from './picture.js';

export interface ScatterOptions {
  title: string;
  /** In the order of the legend. */
  classes: readonly { label: number; name: string }[];
  /** x and y of the centroid of each class, in that order. */
  centroids?: Float32Array | undefined;
  width?: number | undefined;
  height?: number | undefined;
}

/** Names in the picture longer than this many characters are cut. */
const LONGEST_NAME = 14;
/** More centroids than this would cover the points with their names. */
const MOST_NAMES = 40;

/**
 * `points` holds x and y of each point, `labels` the class label of each. Both axes have one scale, so that distances in
 * the picture are distances. Points that are no numbers are left out.
 */
export function scatter(points: Float32Array, labels: ArrayLike<number>, options: ScatterOptions): Picture {
  const { classes, centroids, width = 1000, height = 820 } = options;
  const picture = new Picture(width, height);
  const entries = classes.map(({ name }, i) => ({ name, color: classColor(i, classes.length) }));
  const area = {
    x: MARGIN.left,
    y: MARGIN.top,
    width: width - MARGIN.left - MARGIN.right - legendWidth(entries),
    height: height - MARGIN.top - MARGIN.bottom + 20,
  };
  drawTitle(picture, options.title);
  const frame = drawFrame(picture, area, points, centroids);

  const colors = new Map(classes.map(({ label }, i) => [label, entries[i]!.color]));
  // Fewer points are larger and darker. In the order of the records, so that no class hides the others.
  const count = points.length / 2;
  const radius = count > 5000 ? 1.5 : count > 500 ? 2.5 : 4;
  const opacity = count > 5000 ? 0.45 : 0.75;
  for (let i = 0; i < count; i++) {
    const style = { fill: colors.get(labels[i]!) ?? GRAY, opacity };
    picture.circle(frame.px(points[2 * i]!), frame.py(points[2 * i + 1]!), radius, style);
  }
  if (centroids && classes.length <= MOST_NAMES) drawCentroids(picture, centroids, classes, frame);
  drawLegend(picture, entries, area.x + area.width + 16, area.y, area.height);
  return picture;
}

/** One scale for both axes that shows all points, with some room around them. */
function drawFrame(picture: Picture, area: Area, points: Float32Array, centroids: Float32Array | undefined): Frame {
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
  const range = (axis: number, length: number) => ({
    min: middle[axis]! - length / 2 / scale,
    max: middle[axis]! + length / 2 / scale,
  });
  return drawAxes(picture, area, range(0, area.width), range(1, area.height));
}

function drawCentroids(
  picture: Picture,
  centroids: Float32Array,
  classes: ScatterOptions['classes'],
  frame: Frame,
): void {
  const size = 17;
  classes.forEach(({ name }, i) => {
    const [x, y] = [frame.px(centroids[2 * i]!), frame.py(centroids[2 * i + 1]!)];
    const text = cutText(name, LONGEST_NAME);
    const width = textWidth(text, size) + 8;
    const style = { fill: WHITE, stroke: BLACK, width: 1.2 };
    picture.rectangle(x - width / 2, y - 11, width, 22, style, 4);
    picture.text(x, y, text, { size, anchor: 'middle', bold: true });
  });
}
