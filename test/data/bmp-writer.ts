/** Writes Windows bitmaps of every kind, so that the reader can be tried on each. */

export interface BmpSpec {
  width: number;
  height: number;
  depth: 1 | 4 | 8 | 16 | 24 | 32;
  /** Whole pixel values by place: colour numbers, or colours packed as the depth has them. */
  pixel: (x: number, y: number) => number;
  /** B, G, R of each colour. */
  palette?: [number, number, number][];
  topDown?: boolean;
  /** Masks of R, G, B: makes it BITFIELDS. */
  masks?: [number, number, number];
  /** The 12-byte header of OS/2. */
  old?: boolean;
  /** Run-length data in place of rows. */
  runs?: number[];
}

export function writeBmp(spec: BmpSpec): Buffer {
  const { width, height, depth, pixel, palette = [], topDown, masks, old, runs } = spec;
  const header = Buffer.alloc(old ? 12 : 40);
  header.writeUInt32LE(header.length, 0);
  if (old) {
    header.writeUInt16LE(width, 4);
    header.writeUInt16LE(height, 6);
    header.writeUInt16LE(1, 8);
    header.writeUInt16LE(depth, 10);
  } else {
    header.writeInt32LE(width, 4);
    header.writeInt32LE(topDown ? -height : height, 8);
    header.writeUInt16LE(1, 12);
    header.writeUInt16LE(depth, 14);
    header.writeUInt32LE(runs ? (depth === 8 ? 1 : 2) : masks ? 3 : 0, 16);
    header.writeUInt32LE(palette.length, 32);
  }
  const fields = Buffer.alloc(masks ? 12 : 0);
  for (const [i, mask] of (masks ?? []).entries()) fields.writeUInt32LE(mask, 4 * i);
  const colors = Buffer.from(palette.flatMap((color) => (old ? color : [...color, 0])));
  const pixels = runs ? Buffer.from(runs) : Buffer.concat(rows(width, height, depth, pixel, topDown ?? false));
  const file = Buffer.alloc(14);
  file.write('BM', 'latin1');
  const start = 14 + header.length + fields.length + colors.length;
  file.writeUInt32LE(start + pixels.length, 2);
  file.writeUInt32LE(start, 10);
  return Buffer.concat([file, header, fields, colors, pixels]);
}

function rows(width: number, height: number, depth: number, pixel: BmpSpec['pixel'], topDown: boolean): Buffer[] {
  return Array.from({ length: height }, (_, i) => {
    const y = topDown ? i : height - 1 - i;
    const row = Buffer.alloc(Math.ceil((width * depth) / 32) * 4);
    for (let x = 0; x < width; x++) {
      const value = pixel(x, y);
      if (depth >= 8) row.writeUIntLE(value, (x * depth) / 8, depth / 8);
      else row[(x * depth) >> 3]! |= value << (8 - depth - ((x * depth) & 7));
    }
    return row;
  });
}
