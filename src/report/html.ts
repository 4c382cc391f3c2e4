/** Pictures and facts as one HTML page that opens offline: nothing in it comes from elsewhere, and no script runs. */
import type { Picture } from './picture.js';
import { toPng } from './raster.js';
import { escapeXml, toSvg } from './svg.js';

export interface Section {
  heading: string;
  /** A sentence on how to read it. */
  note: string;
  picture: Picture;
}

export interface ReportPage {
  title: string;
  facts: readonly (readonly [name: string, value: string])[];
  sections: readonly Section[];
}

/** More shapes than this are smaller as a PNG. */
const MOST_SHAPES = 4000;

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:1160px;margin:2em auto;padding:0 1em;color:#222}
h1{font-size:1.5em}h2{font-size:1.2em;margin-top:2em;border-bottom:1px solid #ddd}
table{border-collapse:collapse}td{padding:.15em 1.2em .15em 0;vertical-align:top}td:first-child{color:#666}
img,svg{max-width:100%;height:auto}p{color:#555}`;

export function reportHtml({ title, facts, sections }: ReportPage): string {
  const rows = facts.map(([name, value]) => `<tr><td>${escapeXml(name)}</td><td>${escapeXml(value)}</td></tr>`);
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width,initial-scale=1">',
    `<title>${escapeXml(title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escapeXml(title)}</h1>`,
    `<table>${rows.join('')}</table>`,
    ...sections.map(
      ({ heading, note, picture }) =>
        `<h2>${escapeXml(heading)}</h2><p>${escapeXml(note)}</p>${inline(picture, heading)}`,
    ),
    '</body></html>\n',
  ].join('\n');
}

function inline(picture: Picture, heading: string): string {
  if (picture.shapes.length <= MOST_SHAPES) return toSvg(picture);
  const png = Buffer.from(toPng(picture, 2)).toString('base64');
  const width = Math.ceil(picture.width);
  return `<img alt="${escapeXml(heading)}" width="${width}" src="data:image/png;base64,${png}">`;
}
