/** R-CNN's window files: images, and the windows in each with class and overlap. */
import { readFileSync } from 'node:fs';
import { SiameseError } from '../errors.js';

export interface WindowImage {
  path: string;
  channels: number;
  height: number;
  width: number;
}

export interface ImageWindow {
  image: number;
  /** 0: background. */
  label: number;
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

export interface WindowFile {
  images: WindowImage[];
  foreground: ImageWindow[];
  background: ImageWindow[];
}

/**
 * Blocks of: "# index", path, channels, height, width, number of windows, then a line "class overlap x1 y1 x2 y2" for each.
 * A window is foreground from an overlap of `foreground` on, background below `background`, and left out between.
 */
export function readWindowFile(
  file: string,
  thresholds: { foreground: number; background: number },
  rootFolder: string,
): WindowFile {
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  const found: WindowFile = { images: [], foreground: [], background: [] };
  let at = 0;
  const fail = (what: string): never => {
    throw new SiameseError('data', `${file}, line ${at}: ${what}`);
  };
  const next = (what: string): string => lines[at++] ?? fail(`the file ends where ${what} should be`);
  const whole = (what: string): number => {
    const text = next(what).trim();
    return /^\d+$/.test(text) ? Number(text) : fail(`"${text}" is not ${what}`);
  };
  for (;;) {
    while (at < lines.length && lines[at]!.trim() === '') at++;
    if (at >= lines.length) break;
    const head = next('an image');
    if (!/^#\s*\d+/.test(head)) fail(`"${head}" is not "# INDEX", with which an image begins`);
    const path = rootFolder + next('the path of an image').trim();
    const [channels, height, width] = [whole('a number of channels'), whole('a height'), whole('a width')];
    if (channels !== 1 && channels !== 3) fail(`images of ${channels} channels are not read`);
    const image = found.images.push({ path, channels, height, width }) - 1;
    for (let left = whole('a number of windows'); left > 0; left--) {
      const line = next('a window');
      const [label = NaN, overlap = NaN, x1 = NaN, y1 = NaN, x2 = NaN, y2 = NaN] = line.trim().split(/\s+/).map(Number);
      if (![label, x1, y1, x2, y2].every(Number.isInteger) || !Number.isFinite(overlap))
        fail(`"${line}" is not CLASS OVERLAP X1 Y1 X2 Y2`);
      if (x1 < 0 || y1 < 0 || x2 < x1 || y2 < y1 || x2 >= width || y2 >= height) {
        fail(`the window ${x1} ${y1} ${x2} ${y2} leaves its image of ${width} x ${height}`);
      }
      const place = { image, x1, y1, x2, y2 };
      if (overlap >= thresholds.foreground) {
        if (label < 1) fail(`a foreground window has class ${label}`);
        found.foreground.push({ ...place, label });
      } else if (overlap < thresholds.background) {
        found.background.push({ ...place, label: 0 });
      }
    }
  }
  if (found.images.length === 0) throw new SiameseError('data', `${file} names no images`);
  if (found.images.some(({ channels }) => channels !== found.images[0]!.channels)) {
    throw new SiameseError('data', `${file}: some images have 1 channel, others 3`);
  }
  return found;
}
