/** Pixels in memory and shapes with smooth rims blended into them. */
import type { Bitmap, Color } from './picture.js';

/** How far inside a shape a place is, in pixels; negative outside. */
type Depth = (x: number, y: number) => number;

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export class Canvas {
  readonly rgb: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.rgb = new Uint8Array(width * height * 3).fill(255);
  }

  /** Blends a colour into one pixel; outside the picture nothing happens. */
  pixel(x: number, y: number, color: Color, opacity = 1): void {
    if (!(x >= 0 && y >= 0 && x < this.width && y < this.height)) return;
    const at = (Math.floor(y) * this.width + Math.floor(x)) * 3;
    for (let c = 0; c < 3; c++) {
      const below = this.rgb[at + c]!;
      this.rgb[at + c] = Math.round(below + (color[c]! - below) * opacity);
    }
  }

  /** A shape whose rim is blended by how much of each pixel it covers. */
  fill({ left, top, right, bottom }: Box, depth: Depth, color: Color, opacity = 1): void {
    if (![left, top, right, bottom].every(Number.isFinite)) return;
    const [x0, x1] = [Math.max(0, Math.floor(left)), Math.min(this.width - 1, Math.ceil(right))];
    const [y0, y1] = [Math.max(0, Math.floor(top)), Math.min(this.height - 1, Math.ceil(bottom))];
    for (let y = y0; y <= y1; y++) {
      for (let x = x0; x <= x1; x++) {
        const cover = Math.min(1, depth(x + 0.5, y + 0.5) + 0.5);
        if (cover > 0) this.pixel(x, y, color, cover * opacity);
      }
    }
  }

  /** Edges between pixels are blended, those on whole pixels are sharp. */
  rectangle(x: number, y: number, width: number, height: number, color: Color, opacity = 1): void {
    if (![x, y, width, height].every(Number.isFinite)) return;
    const cover = (from: number, length: number, at: number) => Math.min(from + length, at + 1) - Math.max(from, at);
    for (let row = Math.max(0, Math.floor(y)); row < Math.min(this.height, y + height); row++) {
      const rows = cover(y, height, row);
      for (let column = Math.max(0, Math.floor(x)); column < Math.min(this.width, x + width); column++) {
        this.pixel(column, row, color, opacity * rows * cover(x, width, column));
      }
    }
  }

  roundedRectangle(
    x: number,
    y: number,
    width: number,
    height: number,
    radius: number,
    color: Color,
    opacity = 1,
  ): void {
    this.fill(
      { left: x, top: y, right: x + width, bottom: y + height },
      roundedDepth(x, y, width, height, radius),
      color,
      opacity,
    );
  }

  /** The rim of a rectangle, `thick` pixels, half of them outside. */
  frame(
    x: number,
    y: number,
    width: number,
    height: number,
    radius: number,
    thick: number,
    color: Color,
    opacity = 1,
  ): void {
    const half = thick / 2;
    const depth = roundedDepth(x, y, width, height, radius);
    const box = { left: x - half, top: y - half, right: x + width + half, bottom: y + height + half };
    this.fill(box, (px, py) => half - Math.abs(depth(px, py)), color, opacity);
  }

  disc(x: number, y: number, radius: number, color: Color, opacity = 1): void {
    const box = { left: x - radius - 1, top: y - radius - 1, right: x + radius + 1, bottom: y + radius + 1 };
    this.fill(box, (px, py) => radius - Math.hypot(px - x, py - y), color, opacity);
  }

  ring(x: number, y: number, radius: number, thick: number, color: Color, opacity = 1): void {
    const reach = radius + thick;
    const box = { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach };
    this.fill(box, (px, py) => thick / 2 - Math.abs(radius - Math.hypot(px - x, py - y)), color, opacity);
  }

  /** A straight line with round ends; without length a dot. */
  segment(x1: number, y1: number, x2: number, y2: number, thick: number, color: Color, opacity = 1): void {
    const half = thick / 2;
    const [dx, dy] = [x2 - x1, y2 - y1];
    const length = dx * dx + dy * dy;
    const depth: Depth = (px, py) => {
      const share = length > 0 ? Math.min(1, Math.max(0, ((px - x1) * dx + (py - y1) * dy) / length)) : 0;
      return half - Math.hypot(px - x1 - share * dx, py - y1 - share * dy);
    };
    // A long slanting line has a large box: walk along it in pieces.
    const pieces = Math.max(1, Math.ceil(Math.min(Math.abs(dx), Math.abs(dy)) / 16));
    if (pieces > 1 && opacity === 1) {
      const at = (i: number): [number, number] => [x1 + (dx * i) / pieces, y1 + (dy * i) / pieces];
      for (let i = 0; i < pieces; i++) this.segment(...at(i), ...at(i + 1), thick, color);
      return;
    }
    const box = {
      left: Math.min(x1, x2) - half - 1,
      top: Math.min(y1, y2) - half - 1,
      right: Math.max(x1, x2) + half + 1,
      bottom: Math.max(y1, y2) + half + 1,
    };
    this.fill(box, depth, color, opacity);
  }

  /** A convex shape, its corners in either direction. */
  polygon(points: readonly (readonly [number, number])[], color: Color, opacity = 1): void {
    const xs = points.map(([x]) => x);
    const ys = points.map(([, y]) => y);
    const edges = points.map((point, i) => [point, points[(i + 1) % points.length]!] as const);
    const area = edges.reduce((sum, [[x1, y1], [x2, y2]]) => sum + x1 * y2 - x2 * y1, 0);
    const turn = Math.sign(area);
    const depth: Depth = (px, py) =>
      Math.min(
        ...edges.map(([[x1, y1], [x2, y2]]) => {
          const length = Math.hypot(x2 - x1, y2 - y1) || 1;
          return (turn * ((x2 - x1) * (py - y1) - (y2 - y1) * (px - x1))) / length;
        }),
      );
    const box = { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
    this.fill(box, depth, color, opacity);
  }

  /** Pixels of another picture as blocks: nothing between them is invented. */
  bitmap(x: number, y: number, width: number, height: number, { width: w, height: h, rgb }: Bitmap): void {
    const [left, top] = [Math.round(x), Math.round(y)];
    const [columns, rows] = [Math.round(x + width) - left, Math.round(y + height) - top];
    for (let row = Math.max(0, -top); row < Math.min(rows, this.height - top); row++) {
      const from = Math.min(h - 1, Math.floor(((row + 0.5) * h) / rows)) * w;
      for (let column = Math.max(0, -left); column < Math.min(columns, this.width - left); column++) {
        const source = (from + Math.min(w - 1, Math.floor(((column + 0.5) * w) / columns))) * 3;
        const at = ((top + row) * this.width + left + column) * 3;
        for (let c = 0; c < 3; c++) this.rgb[at + c] = rgb[source + c]!;
      }
    }
  }
}

function roundedDepth(x: number, y: number, width: number, height: number, radius: number): Depth {
  const [cx, cy] = [x + width / 2, y + height / 2];
  return (px, py) => {
    const [qx, qy] = [Math.abs(px - cx) - width / 2 + radius, Math.abs(py - cy) - height / 2 + radius];
    return radius - Math.min(Math.max(qx, qy), 0) - Math.hypot(Math.max(qx, 0), Math.max(qy, 0));
  };
}
