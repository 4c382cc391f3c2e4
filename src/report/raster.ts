/** A picture as PNG. */
import { deflateSync } from 'node:zlib';
import { crc32 } from '../data/crc32.js';
import { SiameseError } from '../errors.js';
import { Canvas } from './canvas.js';
import { GLYPH_HEIGHT } from './font.js';
import type { Fill, Picture, Point, Shape } from './picture.js';
import { strokesOf } from './strokes.js';

/** More pixels than this are too many for most viewers. */
const MOST_PIXELS = 24e6;

/** `scale` pixels for each unit of the picture, fewer where that would be a giant. */
export function toPng(picture: Picture, scale = 1): Uint8Array {
  const { width, height } = picture;
  const fitting = Math.min(scale, Math.sqrt(MOST_PIXELS / (width * height)));
  if (!(fitting > 0.1)) {
    const message = `the picture would be ${Math.ceil(width)} x ${Math.ceil(height)} pixels`;
    throw new SiameseError('input', message, { help: 'write it as .svg' });
  }
  const canvas = new Canvas(Math.ceil(width * fitting), Math.ceil(height * fitting));
  for (const shape of picture.shapes) draw(canvas, shape, fitting);
  return encodeRgb(canvas.rgb, canvas.width, canvas.height);
}

/** Rows of red, green and blue bytes as the bytes of a PNG. */
export function encodeRgb(rgb: Uint8Array, width: number, height: number): Uint8Array {
  // Unfiltered: large even areas compress as well so, in a fifth of the time. The byte before each row says it.
  const rows = Buffer.alloc(height * (3 * width + 1));
  for (let y = 0; y < height; y++) rows.set(rgb.subarray(3 * width * y, 3 * width * (y + 1)), y * (3 * width + 1) + 1);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // eight bits, red green blue
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.of()),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const out = Buffer.alloc(data.length + 12);
  out.writeUInt32BE(data.length, 0);
  out.write(type, 4, 'latin1');
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, data.length + 8)), data.length + 8);
  return out;
}

function draw(canvas: Canvas, shape: Shape, s: number): void {
  switch (shape.kind) {
    case 'rectangle':
      drawRectangle(canvas, shape, s);
      break;
    case 'circle': {
      const { x, y, radius, style } = shape;
      if (style.fill) canvas.disc(x * s, y * s, radius * s, style.fill, style.opacity);
      if (style.stroke) canvas.ring(x * s, y * s, radius * s, (style.width ?? 1) * s, style.stroke, style.opacity);
      break;
    }
    case 'line': {
      const { points, color, width, dash, opacity } = shape;
      const scaled = points.map(([x, y]): Point => [x * s, y * s]);
      const pieces = dash ? dashes(scaled, 4 * width * s, 3 * width * s) : joints(scaled);
      for (const [[x1, y1], [x2, y2]] of pieces) canvas.segment(x1, y1, x2, y2, width * s, color, opacity);
      break;
    }
    case 'polygon':
      canvas.polygon(
        shape.points.map(([x, y]) => [x * s, y * s] as const),
        shape.color,
        shape.opacity,
      );
      break;
    case 'text':
      drawText(canvas, shape, s);
      break;
    case 'bitmap':
      canvas.bitmap(shape.x * s, shape.y * s, shape.width * s, shape.height * s, shape.bitmap);
  }
}

function drawRectangle(canvas: Canvas, shape: Extract<Shape, { kind: 'rectangle' }>, s: number): void {
  const { x, y, width, height, radius, style } = shape;
  const { fill, stroke, width: thick = 1, opacity }: Fill = style;
  if (fill && radius > 0) canvas.roundedRectangle(x * s, y * s, width * s, height * s, radius * s, fill, opacity);
  else if (fill) canvas.rectangle(x * s, y * s, width * s, height * s, fill, opacity);
  if (stroke) canvas.frame(x * s, y * s, width * s, height * s, radius * s, thick * s, stroke, opacity);
}

/** Dots of the font for each unit of size: seven high in seven tenths of a line. */
const DOT = 0.1;

function drawText(canvas: Canvas, { x, y, text, style }: Extract<Shape, { kind: 'text' }>, s: number): void {
  const { size, color, anchor, bold, upright } = style;
  const dot = DOT * size * s;
  const characters = [...text];
  const length = characters.length * 6 * dot;
  const start = anchor === 'start' ? 0 : anchor === 'middle' ? -length / 2 : -length;
  const pen = Math.max(1, dot * (bold ? 1.3 : 1.05));
  const lift = ((GLYPH_HEIGHT - 1) / 2) * dot;
  for (const [i, character] of characters.entries()) {
    for (const [x1, y1, x2, y2] of strokesOf(character)) {
      const along = (dots: number) => start + (i * 6 + dots + 0.5) * dot;
      const across = (dots: number) => dots * dot - lift;
      if (upright)
        canvas.segment(x * s + across(y1), y * s - along(x1), x * s + across(y2), y * s - along(x2), pen, color);
      else canvas.segment(x * s + along(x1), y * s + across(y1), x * s + along(x2), y * s + across(y2), pen, color);
    }
  }
}

type Piece = readonly [Point, Point];

const joints = (points: readonly Point[]): Piece[] => points.slice(1).map((point, i) => [points[i]!, point] as const);

function dashes(points: readonly Point[], on: number, off: number): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const [[x1, y1], [x2, y2]] of joints(points)) {
    const length = Math.hypot(x2 - x1, y2 - y1);
    const place = (d: number): Point => [x1 + ((x2 - x1) * d) / length, y1 + ((y2 - y1) * d) / length];
    for (let from = 0; from < length; ) {
      const inDash = at % (on + off);
      const step = Math.min(length - from, inDash < on ? on - inDash : on + off - inDash);
      if (inDash < on) pieces.push([place(from), place(from + step)]);
      from += Math.max(step, 1e-6);
      at += Math.max(step, 1e-6);
    }
  }
  return pieces;
}
