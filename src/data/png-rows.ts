/** The rows of a PNG image of the usual kind: undoes what its writer did to each byte so that they pack better. */
import type { PngHeader } from './png-chunks.js';

/** Samples of a pixel by colour type: gray, -, colour, (palette,) gray and alpha, -, colour and alpha. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 4: 2, 6: 4 };

/** Whether the samples are bytes, row by row: no palette, no other depth, no interlacing. */
export function hasPlainRows({ bitDepth, colorType, interlaced }: PngHeader): boolean {
  return bitDepth === 8 && !interlaced && SAMPLES[colorType] !== undefined;
}

/**
 * The samples of an image with plain rows, `each` for a pixel. `rows`: height rows of one filter byte and the bytes of the
 * row. `fail` is called for a filter that no standard names. (PNG specification, chapter 9.)
 */
export function unfilter(
  { width, height, colorType }: PngHeader,
  rows: Uint8Array,
  fail: () => never,
): { values: Uint8Array; each: number } {
  const each = SAMPLES[colorType]!;
  const length = width * each;
  const values = new Uint8Array(height * length);
  for (let y = 0, from = 0, at = 0; y < height; y++) {
    const filter = rows[from++]!;
    if (filter > 4) fail();
    const up = at - length;
    for (let x = 0; x < length; x++, at++, from++) {
      const left = x < each ? 0 : values[at - each]!;
      const above = y === 0 ? 0 : values[up + x]!;
      const corner = x < each || y === 0 ? 0 : values[up + x - each]!;
      values[at] = rows[from]! + predicted(filter, left, above, corner);
    }
  }
  return { values, each };
}

function predicted(filter: number, left: number, above: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return above;
    case 3:
      return (left + above) >> 1;
    default:
      return paeth(left, above, corner);
  }
}

/** The neighbour that is nearest to left + above - corner; left first, then above, where two are. */
function paeth(left: number, above: number, corner: number): number {
  const byLeft = Math.abs(above - corner);
  const byAbove = Math.abs(left - corner);
  const byCorner = Math.abs(left + above - 2 * corner);
  if (byLeft <= byAbove && byLeft <= byCorner) return left;
  return byAbove <= byCorner ? above : corner;
}
