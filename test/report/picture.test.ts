/** One list of shapes as PNG and as SVG. */
import { PNG } from 'pngjs';
import { Picture } from '../../src/report/picture';
import { encodeRgb, toPng } from '../../src/report/raster';
import { strokesOf } from '../../src/report/strokes';
import { toSvg } from '../../src/report/svg';

const RED = [255, 0, 0] as const;

/** Rows of the picture: # for full red, + for part of it, . for white. */
function dots(picture: Picture, scale = 1): string[] {
  const { width, height, data } = PNG.sync.read(toPng(picture, scale));
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => {
      const green = data[(y * width + x) * 4 + 1]!;
      return green < 10 ? '#' : green < 245 ? '+' : '.';
    }).join(''),
  );
}

test('rectangles on whole pixels are sharp, others are blended, at any scale', () => {
  const picture = new Picture(6, 3);
  picture.rectangle(1, 1, 2, 1, { fill: RED });
  picture.rectangle(4.5, 0, 1, 1, { fill: RED });
  expect(dots(picture)).toEqual(['....++', '.##...', '......']);
  expect(dots(picture, 2).slice(1, 4)).toEqual(['.........##.', '..####......', '..####......']);
});

test('text is where it was planned, in its anchor and upright', () => {
  // 10 units high, so that a dot of the font is a unit; characters are 6 wide.
  const row = new Picture(24, 11);
  row.text(12, 5, 'T', { size: 10, color: RED, anchor: 'middle' });
  const columns = (rows: string[]) => [...rows[0]!].map((_, x) => rows.some((r) => r[x] !== '.'));
  const covered = columns(dots(row));
  expect([covered.indexOf(true), covered.lastIndexOf(true)]).toEqual([9, 13]);
  const upright = new Picture(11, 24);
  upright.text(5, 12, 'L', { size: 10, color: RED, anchor: 'middle', upright: true });
  // Turned to the left, its stem lies down and its foot points up, at the right.
  const turned = dots(upright);
  expect(turned.findIndex((r) => r !== '.'.repeat(11))).toBe(10);
  expect(turned.filter((r) => /[#+]{6,}/.test(r)).length).toBeGreaterThan(0);
});

test('every character that the font has is drawn by strokes of neighbouring dots', () => {
  for (let code = 33; code < 127; code++) {
    const strokes = strokesOf(String.fromCharCode(code));
    expect(strokes.length).toBeGreaterThan(0);
    for (const [x1, y1, x2, y2] of strokes) expect(Math.max(Math.abs(x1 - x2), Math.abs(y1 - y2))).toBeLessThan(2);
  }
  expect(strokesOf(' ')).toEqual([]);
});

test('shapes outside the picture and points that are no numbers are nothing', () => {
  const picture = new Picture(4, 4);
  picture.circle(-9, 2, 2, { fill: RED });
  picture.circle(Number.NaN, 2, 2, { fill: RED });
  picture.rectangle(3, 3, 10, 10, { fill: RED });
  picture.line(
    [
      [Number.NaN, 0],
      [Infinity, 2],
      [1, 1],
    ],
    RED,
  );
  expect(dots(picture)).toEqual(['....', '....', '....', '...#']);
});

test('lines, dashes, rings and triangles', () => {
  const picture = new Picture(12, 12);
  picture.line(
    [
      [0, 0.5],
      [12, 0.5],
    ],
    RED,
    { dash: true },
  );
  picture.circle(6, 6, 3, { stroke: RED, width: 1 });
  picture.polygon(
    [
      [0, 8],
      [4, 12],
      [0, 12],
    ],
    RED,
  );
  const rows = dots(picture);
  expect(rows[0]).toMatch(/^#+\+?\.\.?\+?#+/);
  expect(rows[5]!.slice(5, 7)).toBe('..'); // hollow
  expect(rows[11]![0]).toBe('#');
  expect(rows[8]![2]).toBe('.');
});

test('a bitmap keeps its pixels as blocks, in PNG and SVG', () => {
  const rgb = Uint8Array.of(255, 0, 0, 255, 255, 255);
  const picture = new Picture(4, 2);
  picture.bitmap(0, 0, 4, 2, { width: 2, height: 1, rgb });
  expect(dots(picture)).toEqual(['##..', '##..']);
  const data = /href="data:image\/png;base64,([^"]+)"/.exec(toSvg(picture))![1]!;
  expect(Buffer.from(data, 'base64')).toEqual(encodeRgb(rgb, 2, 1));
});

test('SVG is well-formed whatever the text, and takes nothing from elsewhere', () => {
  const picture = new Picture(100, 50);
  picture.text(1.23456, 2, 'a<b & "c" \u0007', { anchor: 'end' });
  picture.circle(1, 2, 3, { fill: RED, opacity: 0.5 });
  const svg = toSvg(picture);
  expect(svg).toContain('a&lt;b &amp; &quot;c&quot; ?</text>');
  expect(svg).toContain('x="1.23"');
  expect(svg).toContain('<circle cx="1" cy="2" r="3" fill="#ff0000" opacity="0.5"/>');
  expect(svg.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:/);
});

test('a giant is drawn smaller, or refused as PNG', () => {
  const wide = new Picture(10_000, 4000);
  const png = toPng(wide, 2);
  expect(png.readUInt32BE(16) * png.readUInt32BE(20)).toBeLessThan(25e6);
  expect(() => toPng(new Picture(1e6, 1e6))).toThrow('1000000 x 1000000 pixels');
});
