/** The bitmap font as pen strokes, so that text is smooth at any size: neighbouring dots of a character are joined. */
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyph } from './font.js';

/** From dot to dot, in dots from the character's upper left corner; a lone dot is a stroke without length. */
export type Stroke = readonly [x1: number, y1: number, x2: number, y2: number];

const known = new Map<string, Stroke[]>();

export function strokesOf(character: string): Stroke[] {
  const made = known.get(character);
  if (made) return made;
  const rows = glyph(character);
  const dot = (x: number, y: number) => x >= 0 && x < GLYPH_WIDTH && ((rows[y] ?? 0) >> (GLYPH_WIDTH - 1 - x)) & 1;
  const strokes: Stroke[] = [];
  for (let y = 0; y < GLYPH_HEIGHT; y++) {
    for (let x = 0; x < GLYPH_WIDTH; x++) {
      if (!dot(x, y)) continue;
      let joined = dot(x - 1, y) || dot(x, y - 1);
      const join = (x2: number, y2: number) => {
        joined = 1;
        strokes.push([x, y, x2, y2]);
      };
      if (dot(x + 1, y)) join(x + 1, y);
      if (dot(x, y + 1)) join(x, y + 1);
      // A diagonal only where no corner goes round it: else every bend would be filled.
      if (dot(x + 1, y + 1) && !dot(x + 1, y) && !dot(x, y + 1)) join(x + 1, y + 1);
      if (dot(x - 1, y + 1) && !dot(x - 1, y) && !dot(x, y + 1)) join(x - 1, y + 1);
      if (dot(x - 1, y - 1) || dot(x + 1, y - 1)) joined ||= 1;
      if (!joined) strokes.push([x, y, x, y]);
    }
  }
  known.set(character, strokes);
  return strokes;
}
