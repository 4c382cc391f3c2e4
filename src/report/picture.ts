/** A picture as a list of shapes, the same for SVG and PNG. Units are pixels of the picture at its own size; y goes down. */

/** Red, green, blue, 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

export interface Fill {
  fill?: Color | undefined;
  stroke?: Color | undefined;
  /** Width of the stroke. */
  width?: number | undefined;
  /** 0 to 1, of fill and stroke. */
  opacity?: number | undefined;
}

export type Point = readonly [x: number, y: number];

export interface TextStyle {
  /** Height of a line; a character is 0.6 of it wide. */
  size?: number;
  color?: Color;
  /** Which part of the text stands at x. */
  anchor?: 'start' | 'middle' | 'end';
  bold?: boolean;
  /** Reads upwards, as beside a vertical axis. */
  upright?: boolean;
}

/** Pixels in rows from the top, three bytes each. */
export interface Bitmap {
  width: number;
  height: number;
  rgb: Uint8Array;
}

export type Shape =
  | { kind: 'rectangle'; x: number; y: number; width: number; height: number; radius: number; style: Fill }
  | { kind: 'circle'; x: number; y: number; radius: number; style: Fill }
  | { kind: 'line'; points: readonly Point[]; color: Color; width: number; dash: boolean; opacity: number }
  | { kind: 'polygon'; points: readonly Point[]; color: Color; opacity: number }
  | { kind: 'text'; x: number; y: number; text: string; style: Required<TextStyle> }
  | { kind: 'bitmap'; x: number; y: number; width: number; height: number; bitmap: Bitmap };

export const BLACK: Color = [20, 20, 20];
export const WHITE: Color = [255, 255, 255];
export const GRAY: Color = [105, 105, 105];
export const LIGHT: Color = [226, 226, 226];

export class Picture {
  readonly shapes: Shape[] = [];

  constructor(
    public width: number,
    public height: number,
  ) {}

  rectangle(x: number, y: number, width: number, height: number, style: Fill, radius = 0): void {
    this.shapes.push({ kind: 'rectangle', x, y, width, height, radius, style });
  }

  circle(x: number, y: number, radius: number, style: Fill): void {
    if (Number.isFinite(x) && Number.isFinite(y)) this.shapes.push({ kind: 'circle', x, y, radius, style });
  }

  /** Parts with points that are no numbers are left out. */
  line(
    points: readonly Point[],
    color: Color,
    { width = 1, dash = false, opacity = 1 }: { width?: number; dash?: boolean; opacity?: number } = {},
  ): void {
    let run: Point[] = [];
    const flush = () => {
      if (run.length > 1) this.shapes.push({ kind: 'line', points: run, color, width, dash, opacity });
      run = [];
    };
    for (const point of points) {
      if (point.every(Number.isFinite)) run.push(point);
      else flush();
    }
    flush();
  }

  polygon(points: readonly Point[], color: Color, opacity = 1): void {
    this.shapes.push({ kind: 'polygon', points, color, opacity });
  }

  /** Text whose middle is at the height y. */
  text(x: number, y: number, text: string, style: TextStyle = {}): void {
    const { size = 16, color = BLACK, anchor = 'start', bold = false, upright = false } = style;
    this.shapes.push({ kind: 'text', x, y, text, style: { size, color, anchor, bold, upright } });
  }

  bitmap(x: number, y: number, width: number, height: number, bitmap: Bitmap): void {
    this.shapes.push({ kind: 'bitmap', x, y, width, height, bitmap });
  }

  /** Another picture with its upper left corner at (x, y). */
  place(other: Picture, x: number, y: number): void {
    for (const shape of other.shapes) this.shapes.push(moved(shape, x, y));
  }
}

/** Of a monospaced font, as in most of them. */
export const CHARACTER = 0.6;

export function textWidth(text: string, size = 16): number {
  return [...text].length * CHARACTER * size;
}

/** The text cut to so many characters, the last of them a full stop. */
export function cutText(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, Math.max(0, longest - 2))}..` : text;
}

function moved(shape: Shape, dx: number, dy: number): Shape {
  if (shape.kind === 'line' || shape.kind === 'polygon') {
    return { ...shape, points: shape.points.map(([x, y]) => [x + dx, y + dy] as const) };
  }
  return { ...shape, x: shape.x + dx, y: shape.y + dy };
}
