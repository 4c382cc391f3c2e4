/** Colours that tell classes apart. */
import type { Color } from './canvas.js';

/** Ten that differ in hue and in lightness, so that most eyes and gray prints tell most of them apart. */
const TEN: readonly Color[] = [
  [31, 105, 180],
  [240, 130, 20],
  [40, 150, 50],
  [205, 35, 40],
  [130, 85, 185],
  [120, 70, 55],
  [225, 105, 190],
  [90, 90, 90],
  [175, 180, 30],
  [20, 185, 205],
];

/** The colour of class number `i` of `count`. */
export function classColor(i: number, count: number): Color {
  if (count <= TEN.length) return TEN[i]!;
  // Steps of the golden angle never come back to the same hue; three lightnesses part neighbours further.
  return hsl((i * 137.508) % 360, 0.65, [0.4, 0.55, 0.3][i % 3]!);
}

function hsl(hue: number, saturation: number, lightness: number): Color {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
