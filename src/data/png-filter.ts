/** The geometry of PNG rows: passes of an interlaced image, and the five row filters. */

export interface PngHeader {
  width: number;
  height: number;
  bitDepth: number;
  colorType: number;
  interlaced: boolean;
}

/** Rows x0 + i dx, y0 + j dy of the image, stored together. */
export interface PngPass {
  x: number;
  y: number;
  dx: number;
  dy: number;
  width: number;
  height: number;
  /** Without the filter byte. */
  rowBytes: number;
}

/** First column, first row, column step, row step of Adam7's passes. */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

export function pngPasses(header: PngHeader): PngPass[] {
  const bits = bitsPerPixel(header);
  return (header.interlaced ? ADAM7 : ([[0, 0, 1, 1]] as const))
    .map(([x, y, dx, dy]) => {
      const width = Math.ceil((header.width - x) / dx);
      return {
        x,
        y,
        dx,
        dy,
        width,
        height: Math.ceil((header.height - y) / dy),
        rowBytes: Math.ceil((width * bits) / 8),
      };
    })
    .filter((pass) => pass.width > 0 && pass.height > 0);
}

export function bytesPerPixelToFilter(header: PngHeader): number {
  return Math.max(1, bitsPerPixel(header) >> 3);
}

export function samplesPerPixel(colorType: number): number {
  if (colorType === 3) return 1;
  return (colorType & 2 ? 3 : 1) + (colorType & 4 ? 1 : 0);
}

/** Undoes the filters of `rows` rows in place; false when a row names a filter that there is not. */
export function unfilter(raw: Uint8Array, start: number, rows: number, rowBytes: number, step: number): boolean {
  for (let row = 0; row < rows; row++) {
    const filter = start + row * (1 + rowBytes);
    const at = filter + 1;
    // Above the first row are zeros: reading them as `undefined | 0` would be slow, so it has cases of its own.
    const above = row === 0 ? -1 : at - rowBytes - 1;
    switch (raw[filter]) {
      case 0:
        break;
      case 1:
        for (let i = step; i < rowBytes; i++) raw[at + i]! += raw[at + i - step]!;
        break;
      case 2:
        if (above >= 0) for (let i = 0; i < rowBytes; i++) raw[at + i]! += raw[above + i]!;
        break;
      case 3:
        for (let i = 0; i < rowBytes; i++) {
          const left = i < step ? 0 : raw[at + i - step]!;
          raw[at + i]! += (left + (above < 0 ? 0 : raw[above + i]!)) >> 1;
        }
        break;
      case 4:
        for (let i = 0; i < rowBytes; i++) {
          const left = i < step ? 0 : raw[at + i - step]!;
          const up = above < 0 ? 0 : raw[above + i]!;
          raw[at + i]! += paeth(left, up, above < 0 || i < step ? 0 : raw[above + i - step]!);
        }
        break;
      default:
        return false;
    }
  }
  return true;
}

function bitsPerPixel(header: PngHeader): number {
  return samplesPerPixel(header.colorType) * header.bitDepth;
}

/** Whichever of left, up and corner is nearest to left + up - corner; the first of equals. */
function paeth(left: number, up: number, corner: number): number {
  const fromLeft = Math.abs(up - corner);
  const fromUp = Math.abs(left - corner);
  const fromCorner = Math.abs(left + up - 2 * corner);
  if (fromLeft <= fromUp && fromLeft <= fromCorner) return left;
  return fromUp <= fromCorner ? up : corner;
}
