/** Writes PNG images of every kind the format has, so that the reader can be tried on each: pngjs writes only a few. */
import { crc32, deflateSync } from 'node:zlib';

export interface PngSpec {
  width: number;
  height: number;
  bitDepth: number;
  colorType: number;
  interlaced?: boolean;
  /** Row filter by row number; default 0. */
  filter?: (row: number) => number;
  /** For colour type 3: R, G, B by turns. */
  palette?: number[];
  /** Sample `channel` of pixel (x, y), in 0 .. 2^bitDepth - 1. */
  sample: (x: number, y: number, channel: number) => number;
}

const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
];

export const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export function writePng(spec: PngSpec): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(spec.width, 0);
  header.writeUInt32BE(spec.height, 4);
  header.set([spec.bitDepth, spec.colorType, 0, 0, spec.interlaced ? 1 : 0], 8);
  const rows = (spec.interlaced ? ADAM7 : [[0, 0, 1, 1]]).flatMap(([x0, y0, dx, dy]) => pass(spec, x0!, y0!, dx!, dy!));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...(spec.palette ? [chunk('PLTE', Buffer.from(spec.palette))] : []),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

export function chunk(type: string, body: Uint8Array): Buffer {
  const out = Buffer.alloc(12 + body.length);
  out.writeUInt32BE(body.length, 0);
  out.write(type, 4, 'latin1');
  out.set(body, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length);
  return out;
}

/** An 8-bit gray image from its bytes. */
export function grayPng(width: number, height: number, bytes: Uint8Array): Buffer {
  return writePng({ width, height, bitDepth: 8, colorType: 0, sample: (x, y) => bytes[y * width + x]! });
}

function pass(spec: PngSpec, x0: number, y0: number, dx: number, dy: number): Buffer[] {
  const rows: Buffer[] = [];
  const bits = SAMPLES[spec.colorType]! * spec.bitDepth;
  const columns = Math.ceil((spec.width - x0) / dx);
  if (columns <= 0) return rows;
  const step = Math.max(1, bits >> 3);
  let above: Buffer = Buffer.alloc(Math.ceil((columns * bits) / 8));
  for (let y = y0, row = 0; y < spec.height; y += dy, row++) {
    const plain = packRow(spec, x0, dx, columns, y, above.length);
    rows.push(filtered(plain, above, step, spec.filter?.(row) ?? 0));
    above = plain;
  }
  return rows;
}

function packRow(spec: PngSpec, x0: number, dx: number, columns: number, y: number, size: number): Buffer {
  const out = Buffer.alloc(size);
  let bit = 0;
  for (let i = 0; i < columns; i++) {
    for (let c = 0; c < SAMPLES[spec.colorType]!; c++, bit += spec.bitDepth) {
      const value = spec.sample(x0 + i * dx, y, c);
      if (spec.bitDepth === 16) out.writeUInt16BE(value, bit >> 3);
      else out[bit >> 3]! |= value << (8 - spec.bitDepth - (bit & 7));
    }
  }
  return out;
}

function filtered(row: Buffer, above: Buffer, step: number, filter: number): Buffer {
  const out = Buffer.alloc(row.length + 1);
  out[0] = filter;
  for (let i = 0; i < row.length; i++) {
    const left = i < step ? 0 : row[i - step]!;
    const up = above[i]!;
    const corner = i < step ? 0 : above[i - step]!;
    out[i + 1] = row[i]! - [0, left, up, (left + up) >> 1, predictor(left, up, corner)][filter]!;
  }
  return out;
}

function predictor(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const nearness = [left, up, corner].map((value) => Math.abs(estimate - value));
  return [left, up, corner][nearness.indexOf(Math.min(...nearness))]!;
}
