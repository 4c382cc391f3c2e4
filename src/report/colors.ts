/** Colours that tell classes apart, and scales of colours for numbers. */
import type { Color } from './picture.js';

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

/** Blue for -1, white for 0, red for 1: lightness falls alike to both sides. */
export function diverging(value: number): Color {
  const share = Math.min(1, Math.abs(value) || 0);
  return blend([255, 255, 255], value < 0 ? [33, 90, 172] : [190, 30, 45], share);
}

/** White for 0, dark blue for 1. */
export function sequential(value: number): Color {
  const share = Math.min(1, Math.max(0, value || 0));
  return share < 0.5
    ? blend([255, 255, 255], [107, 170, 214], share * 2)
    : blend([107, 170, 214], [8, 48, 107], share * 2 - 1);
}

export function blend(from: Color, to: Color, share: number): Color {
  const channel = (c: number) => Math.round(from[c]! + (to[c]! - from[c]!) * share);
  return [channel(0), channel(1), channel(2)];
}

function hsl(hue: number, saturation: number, lightness: number): Color {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
