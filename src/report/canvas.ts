/** A picture in memory: rectangles, discs, lines and text, and PNG in the end. */
import { PNG } from 'pngjs';
import { GLYPH_HEIGHT, GLYPH_WIDTH, glyph } from './font.js';

/** Red, green, blue, 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

export class Canvas {
  private readonly pixels: Uint8Array;

  constructor(
    readonly width: number,
    readonly height: number,
    background: Color = [255, 255, 255],
  ) {
    this.pixels = new Uint8Array(width * height * 4).fill(255);
    if (background.some((channel) => channel !== 255)) this.rectangle(0, 0, width, height, background);
  }

  /** Blends a colour into one pixel; outside the picture nothing happens. */
  pixel(x: number, y: number, color: Color, opacity = 1): void {
    if (!(x >= 0 && y >= 0 && x < this.width && y < this.height)) return;
    const at = (Math.floor(y) * this.width + Math.floor(x)) * 4;
    for (let c = 0; c < 3; c++) {
      const below = this.pixels[at + c]!;
      this.pixels[at + c] = Math.round(below + (color[c]! - below) * opacity);
    }
  }

  rectangle(x: number, y: number, width: number, height: number, color: Color): void {
    const [left, right] = [Math.max(0, x), Math.min(this.width, x + width)];
    for (let row = Math.max(0, y); row < Math.min(this.height, y + height); row++) {
      for (let at = (row * this.width + left) * 4; at < (row * this.width + right) * 4; at += 4)
        this.pixels.set(color, at);
    }
  }

  /** A filled disc; its rim is blended by how much of each pixel it covers. */
  disc(x: number, y: number, radius: number, color: Color, opacity = 1): void {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return;
    for (let row = Math.floor(y - radius); row <= y + radius; row++) {
      for (let column = Math.floor(x - radius); column <= x + radius; column++) {
        const cover = Math.min(1, radius + 0.5 - Math.hypot(column + 0.5 - x, row + 0.5 - y));
        if (cover > 0) this.pixel(column, row, color, cover * opacity);
      }
    }
  }

  /** Text with its upper left corner at (x, y), each dot of the font `scale` pixels wide. */
  text(x: number, y: number, text: string, color: Color = [0, 0, 0], scale = 2): void {
    [...text].forEach((character, i) => {
      glyph(character).forEach((bits, row) => {
        for (let column = 0; column < GLYPH_WIDTH; column++) {
          if (!((bits >> (GLYPH_WIDTH - 1 - column)) & 1)) continue;
          this.rectangle(
            Math.round(x) + (i * (GLYPH_WIDTH + 1) + column) * scale,
            Math.round(y) + row * scale,
            scale,
            scale,
            color,
          );
        }
      });
    });
  }

  png(): Buffer {
    const png = new PNG({ width: this.width, height: this.height });
    png.data = Buffer.from(this.pixels.buffer);
    // Unfiltered: large even areas compress as well so, in a fifth of the time.
    return PNG.sync.write(png, { colorType: 2, filterType: 0 });
  }
}

export function textWidth(text: string, scale = 2): number {
  return ([...text].length * (GLYPH_WIDTH + 1) - 1) * scale;
}

export function textHeight(scale = 2): number {
  return GLYPH_HEIGHT * scale;
}
