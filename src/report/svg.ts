/** A picture as SVG: one file without anything from elsewhere. */
import { CHARACTER, type Color, type Fill, type Picture, type Shape } from './picture.js';
import { encodeRgb } from './raster.js';

export function toSvg(picture: Picture): string {
  const { width, height } = picture;
  const size = `width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}"`;
  const font = `font-family="DejaVu Sans Mono, Menlo, Consolas, monospace"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font}>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...picture.shapes.map(element),
    '</svg>\n',
  ].join('\n');
}

function element(shape: Shape): string {
  switch (shape.kind) {
    case 'rectangle': {
      const { x, y, width, height, radius, style } = shape;
      const corner = radius > 0 ? ` rx="${round(radius)}"` : '';
      return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"${corner}${paint(style)}/>`;
    }
    case 'circle':
      return `<circle cx="${round(shape.x)}" cy="${round(shape.y)}" r="${round(shape.radius)}"${paint(shape.style)}/>`;
    case 'line': {
      const { points, color, width, dash, opacity } = shape;
      const style = `stroke="${hex(color)}" stroke-width="${round(width)}" stroke-linejoin="round"`;
      const more = `${dash ? ` stroke-dasharray="${4 * width} ${3 * width}"` : ''}${opacity < 1 ? ` opacity="${round(opacity)}"` : ''}`;
      return `<polyline points="${list(points)}" fill="none" ${style}${more}/>`;
    }
    case 'polygon': {
      const opacity = shape.opacity < 1 ? ` opacity="${round(shape.opacity)}"` : '';
      return `<polygon points="${list(shape.points)}" fill="${hex(shape.color)}"${opacity}/>`;
    }
    case 'text':
      return textElement(shape);
    case 'bitmap': {
      const { x, y, width, height, bitmap } = shape;
      const png = Buffer.from(encodeRgb(bitmap.rgb, bitmap.width, bitmap.height)).toString('base64');
      const place = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
      return `<image ${place} preserveAspectRatio="none" style="image-rendering:pixelated" href="data:image/png;base64,${png}"/>`;
    }
  }
}

function textElement({ x, y, text, style }: Extract<Shape, { kind: 'text' }>): string {
  const { size, color, anchor, bold, upright } = style;
  // Whatever font there is, the text takes the room that was planned for it.
  const length = `textLength="${round([...text].length * CHARACTER * size)}" lengthAdjust="spacingAndGlyphs"`;
  const at = upright ? `transform="translate(${round(x)} ${round(y)}) rotate(-90)"` : `x="${round(x)}" y="${round(y)}"`;
  const look = `font-size="${round(size)}" fill="${hex(color)}"${bold ? ' font-weight="bold"' : ''}`;
  const where = `${anchor === 'start' ? '' : ` text-anchor="${anchor}"`} dy="0.35em"`;
  return `<text ${at} ${look}${where} ${length} xml:space="preserve">${escapeXml(text)}</text>`;
}

function paint({ fill, stroke, width = 1, opacity = 1 }: Fill): string {
  return [
    ` fill="${fill ? hex(fill) : 'none'}"`,
    stroke ? ` stroke="${hex(stroke)}" stroke-width="${round(width)}"` : '',
    opacity < 1 ? ` opacity="${round(opacity)}"` : '',
  ].join('');
}

const list = (points: readonly (readonly [number, number])[]) =>
  points.map((point) => point.map(round).join()).join(' ');

const hex = (color: Color) => `#${color.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;

/** Hundredths of a pixel are more than anyone sees. */
const round = (value: number) => Math.round(value * 100) / 100;

/** Also drops control characters, which XML has no way to write. */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that must go
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '?').replace(/[&<>"]/g, (c) => entities[c]!);
}
