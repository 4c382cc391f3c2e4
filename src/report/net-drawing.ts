/** A net as a picture: boxes in layers, joined by the blobs that flow between them. Placed by dagre. */
import type { Net } from '../net/net-types.js';
import { classColor } from './colors.js';
import { type Box, type Connection, FAMILIES, type Family, netBoxes } from './net-boxes.js';
import { BLACK, cutText, GRAY, Picture, type Point, textWidth } from './picture.js';

export interface NetDrawingOptions {
  title: string;
  /** Data at the left, or at the top. */
  direction?: 'left-to-right' | 'top-down' | undefined;
}

const NAME = 14;
const SMALL = 12;
const LINE = 17;
const PADDING = 10;
const LONGEST = 40;
const HEAD = 84;
const MARGIN = 24;

export function drawNet(net: Net, { title, direction = 'top-down' }: NetDrawingOptions): Picture {
  const { boxes, connections } = netBoxes(net);
  const across = direction === 'left-to-right';
  const { places, paths, width, height } = layOut(boxes, connections, across);
  const groups = Math.max(0, ...boxes.map(({ group }) => (group ?? -1) + 1));
  const families = [...new Set(boxes.map(({ family }) => family))];
  const legend = families.reduce((sum, family) => sum + entryWidth(family), groups > 0 ? 230 : 0);
  const picture = new Picture(Math.max(width, legend, textWidth(title, 18)) + 2 * MARGIN, height + HEAD + MARGIN);
  const [left, top] = [(picture.width - width) / 2, HEAD];
  picture.text(MARGIN, 26, title, { size: 18, bold: true });
  drawFamilies(picture, families, groups > 0);
  for (const [c, path] of paths.entries()) drawConnection(picture, moved(path, left, top), connections[c]!.label);
  for (const [b, { x, y }] of places.entries()) drawBox(picture, boxes[b]!, x + left, y + top, groups);
  return picture;
}

interface Layout {
  places: Corner[];
  paths: Point[][];
  width: number;
  height: number;
}

interface Corner {
  x: number;
  y: number;
}

/** What of dagre is used here. */
interface Graph {
  setGraph(options: object): void;
  setDefaultEdgeLabel(make: () => object): void;
  setNode(name: string, size: { width: number; height: number }): void;
  setEdge(from: string, to: string, label: object, name: string): void;
  node(name: string): Corner & { width: number; height: number };
  edge(from: string, to: string, name: string): { points: Corner[] };
}

/** Upper left corners of the boxes, and the way of each connection. */
function layOut(boxes: readonly Box[], connections: readonly Connection[], across: boolean): Layout {
  const dagre = require('@dagrejs/dagre') as unknown as {
    Graph: new (options: object) => Graph;
    layout(graph: Graph): void;
  };
  const graph = new dagre.Graph({ multigraph: true });
  graph.setGraph({ rankdir: across ? 'LR' : 'TB', nodesep: 26, ranksep: 40, edgesep: 14 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [b, box] of boxes.entries()) graph.setNode(String(b), sizeOf(box));
  for (const [c, { from, to, label }] of connections.entries()) {
    const room = label ? { width: textWidth(label, SMALL) + 6, height: 16, labelpos: 'c' } : {};
    graph.setEdge(String(from), String(to), room, String(c));
  }
  dagre.layout(graph);
  const places = boxes.map((box, b) => {
    const { x, y } = graph.node(String(b));
    const { width, height } = sizeOf(box);
    return { x: x - width / 2, y: y - height / 2 };
  });
  const paths = connections.map(({ from, to }, c) =>
    graph.edge(String(from), String(to), String(c)).points.map(({ x, y }): Point => [x, y]),
  );
  return cropped(
    isReversed(connections, places, across) ? mirrored(boxes, places, paths, across) : { places, paths },
    boxes,
  );
}

type Placed = Pick<Layout, 'places' | 'paths'>;

/** The tops of a layer run from right to left: dagre knows no order among them. */
function isReversed(connections: readonly Connection[], places: readonly Corner[], across: boolean): boolean {
  let balance = 0;
  for (const [c, first] of connections.entries()) {
    const second = connections.slice(c + 1).find(({ from, label }) => from === first.from && label !== first.label);
    if (!second) continue;
    const axis = across ? 'y' : 'x';
    balance += Math.sign(places[second.to]![axis] - places[first.to]![axis]);
  }
  return balance < 0;
}

function mirrored(
  boxes: readonly Box[],
  places: readonly Corner[],
  paths: readonly Point[][],
  across: boolean,
): Placed {
  return {
    places: places.map(({ x, y }, b) => {
      const { width, height } = sizeOf(boxes[b]!);
      return across ? { x, y: -y - height } : { x: -x - width, y };
    }),
    paths: paths.map((path) => path.map(([x, y]): Point => (across ? [x, -y] : [-x, y]))),
  };
}

/** Moved to the corner, and as large as what is drawn: dagre counts room that nothing fills. */
function cropped({ places, paths }: Placed, boxes: readonly Box[]): Layout {
  const lower = places.map(({ x, y }, b): Point => [x + sizeOf(boxes[b]!).width, y + sizeOf(boxes[b]!).height]);
  const points = [...places.map(({ x, y }): Point => [x, y]), ...lower, ...paths.flat()];
  const least = (axis: 0 | 1) => points.reduce((min, point) => Math.min(min, point[axis]), Infinity);
  const most = (axis: 0 | 1) => points.reduce((max, point) => Math.max(max, point[axis]), -Infinity);
  const [left, top] = [least(0), least(1)];
  return {
    places: places.map(({ x, y }) => ({ x: x - left, y: y - top })),
    paths: paths.map((path) => path.map(([x, y]): Point => [x - left, y - top])),
    width: most(0) - left,
    height: most(1) - top,
  };
}

function sizeOf(box: Box): { width: number; height: number } {
  const lines = linesOf(box);
  const widths = lines.map((line, i) => textWidth(line, i === 0 ? NAME : SMALL));
  return { width: Math.max(...widths) + 2 * PADDING + 6, height: lines.length * LINE + PADDING };
}

function linesOf({ lines, inPlace, sharedWith }: Box): string[] {
  const more = [
    ...inPlace.map((layer) => `+ ${layer}`),
    ...(sharedWith === undefined ? [] : [`= weights of ${sharedWith}`]),
  ];
  return [...lines, ...more].map((line) => cutText(line, LONGEST));
}

function drawBox(picture: Picture, box: Box, x: number, y: number, groups: number): void {
  const { width, height } = sizeOf(box);
  const { color } = FAMILIES[box.family];
  picture.rectangle(x, y, width, height, { fill: color, stroke: [110, 110, 110], width: 1 }, 6);
  // One stripe of one colour for all layers with the same weights.
  if (box.group !== undefined) {
    picture.rectangle(x + 3, y + 4, 5, height - 8, { fill: classColor(box.group, groups) }, 2);
  }
  for (const [i, line] of linesOf(box).entries()) {
    const style = i === 0 ? { size: NAME, bold: true } : { size: SMALL, color: line.startsWith('=') ? BLACK : GRAY };
    picture.text(x + PADDING + 4, y + PADDING / 2 + (i + 0.5) * LINE, line, style);
  }
}

const moved = (path: readonly Point[], dx: number, dy: number) => path.map(([x, y]): Point => [x + dx, y + dy]);

function drawConnection(picture: Picture, points: readonly Point[], label: string): void {
  const curve = smooth(points);
  picture.line(curve, [120, 120, 120], { width: 1.3 });
  const [end, before] = [curve.at(-1)!, curve.at(-2) ?? curve[0]!];
  arrow(picture, before, end);
  if (!label) return;
  const [x, y] = points[Math.floor(points.length / 2)]!;
  const width = textWidth(label, SMALL);
  picture.rectangle(x - width / 2 - 2, y - 8, width + 4, 16, { fill: [255, 255, 255], opacity: 0.85 });
  picture.text(x, y, label, { size: SMALL, color: GRAY, anchor: 'middle' });
}

function arrow(picture: Picture, [x1, y1]: Point, [x2, y2]: Point): void {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [dx, dy] = [(x2 - x1) / length, (y2 - y1) / length];
  const at = (back: number, side: number): Point => [x2 - back * dx - side * dy, y2 - back * dy + side * dx];
  picture.polygon([[x2, y2], at(9, 4), at(9, -4)], [90, 90, 90]);
}

const STEPS = 6;

/** A quadratic B-spline along the points, from the first to the last. */
function smooth(points: readonly Point[]): Point[] {
  if (points.length < 3) return [...points];
  const middle = ([ax, ay]: Point, [bx, by]: Point): Point => [(ax + bx) / 2, (ay + by) / 2];
  const out: Point[] = [points[0]!];
  for (let i = 1; i < points.length - 1; i++) {
    const from = i === 1 ? points[0]! : middle(points[i - 1]!, points[i]!);
    const to = i === points.length - 2 ? points.at(-1)! : middle(points[i]!, points[i + 1]!);
    for (let step = 1; step <= STEPS; step++) {
      const t = step / STEPS;
      const mix = (axis: 0 | 1) =>
        (1 - t) * (1 - t) * from[axis] + 2 * t * (1 - t) * points[i]![axis] + t * t * to[axis];
      out.push([mix(0), mix(1)]);
    }
  }
  return out;
}

const entryWidth = (family: Family) => textWidth(FAMILIES[family].name, SMALL) + 40;

function drawFamilies(picture: Picture, families: readonly Family[], shares: boolean): void {
  let x = MARGIN;
  for (const family of families) {
    picture.rectangle(x, 46, 18, 14, { fill: FAMILIES[family].color, stroke: [110, 110, 110], width: 1 }, 3);
    picture.text(x + 24, 53, FAMILIES[family].name, { size: SMALL, color: GRAY });
    x += entryWidth(family);
  }
  if (!shares) return;
  picture.rectangle(x + 6, 45, 5, 16, { fill: classColor(0, 1) }, 2);
  picture.text(x + 20, 53, 'one colour: shared weights', { size: SMALL, color: GRAY });
}
