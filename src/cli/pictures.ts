/** Pictures that commands write: SVG or PNG by the name of the file. */
import path from 'node:path';
import { type Picture, toPng, toSvg } from '../report/index.js';
import { type Call, usageError } from './call.js';
import { refuseExisting, writeOutput } from './output-file.js';

/** Pixels for each unit of a picture: sharp on dense screens too. */
const SCALE = 2;

/** The file that a picture will go to; checked before the work for it begins. A default name may be replaced unasked. */
export function pictureFile(call: Call, otherwise: string): string {
  const { output } = call.flags;
  const file = output ?? otherwise;
  if (!/\.(png|svg)$/i.test(file)) {
    throw usageError(`${file}: pictures are .png or .svg`, `-o ${path.parse(file).name || 'picture'}.svg`);
  }
  if (output !== undefined) refuseExisting(file, call);
  return file;
}

export function writePicture(file: string, picture: Picture, call: Call): void {
  const { flags } = call;
  const contents = /\.svg$/i.test(file) ? toSvg(picture) : toPng(picture, SCALE);
  writeOutput(file, contents, flags.output === undefined ? { ...call, flags: { ...flags, force: true } } : call);
}
