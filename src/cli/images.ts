/** Images that `match` is asked about: their names from the line, a file or standard input, and their pixels. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Image } from '../data/image.js';
import { decodePng } from '../data/png.js';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import type { Centroids } from '../match/centroids.js';
import type { RecordShape } from '../match/tower-net.js';
import { type Call, usageError } from './call.js';

const STDIN = 0;

const IMAGE = /\.png$/i;

export function imageNames({ args, flags, command }: Pick<Call, 'args' | 'flags' | 'command'>): string[] {
  const from = flags['files-from'];
  const listed = from === undefined ? [] : readList(from, flags.null === true);
  const names = [...args, ...listed];
  if (names.length === 0) {
    const message = from === undefined ? `${command} needs an image` : `${from} names no images`;
    throw usageError(message, `siamese ${command} IMAGE.png`);
  }
  if (from === '-' && args.includes('-')) throw usageError('standard input cannot be an image and the list of images');
  return names;
}

/** A folder stands for the images in it and in the folders within, in order of name. */
export function imagesIn(name: string): string[] {
  if (name === '-' || !statSync(name, { throwIfNoEntry: false })?.isDirectory()) return [name];
  const files = readdirSync(name, { recursive: true, encoding: 'utf8' }).filter((file) => IMAGE.test(file));
  if (files.length === 0) throw new SiameseError('input', `the folder ${name} holds no PNG images`);
  return files.sort().map((file) => path.join(name, file));
}

/** What an image must fit. */
export type ImageInput = Pick<Centroids, 'deploy' | 'mean'>;

/** One image as a record of the shape that the net was trained on. */
export function readImage(name: string, { deploy, mean }: ImageInput): RecordSet {
  const input = deploy.layer![0]!;
  const dims = input.input_param?.shape?.[0]?.dim ?? [];
  const [channels = 1, height = 0, width = 0] = dims.slice(1);
  const shown = name === '-' ? 'standard input' : name;
  const image = decode(readBytes(name), shown, channels === 3 ? 3 : 1);
  const crop = input.transform_param?.crop_size ?? 0;
  // Where the net crops, its records are larger than what it sees; the centre is taken as in testing.
  const fits =
    crop > 0 ? image.height >= crop && image.width >= crop : image.height === height && image.width === width;
  const fitsMean = mean === undefined || mean.length === channels * image.height * image.width;
  if (!fits || !fitsMean) {
    const wanted = crop > 0 ? `at least ${crop}x${crop}` : `${width}x${height}`;
    throw new SiameseError('input', `${shown} is ${image.width}x${image.height} pixels, the net takes ${wanted}`, {
      help: 'bring it to the size of the training images',
    });
  }
  const { bytes } = image;
  return { bytes, labels: new Float32Array(1), count: 1, channels, height: image.height, width: image.width };
}

/** Records of one shape as one set. */
export function joinRecords(records: readonly RecordSet[]): RecordSet {
  const [first] = records as [RecordSet];
  if (records.length === 1) return first;
  const size = first.channels * first.height * first.width;
  const bytes = new Uint8Array(size * records.length);
  for (const [i, record] of records.entries()) bytes.set(record.bytes!, i * size);
  return { ...first, bytes, labels: new Float32Array(records.length), count: records.length };
}

export const shapeOf = ({ channels, height, width }: RecordSet): RecordShape => [channels, height, width];

/** A picture asked about is the user's input, not a record of a data set. */
function decode(bytes: Buffer, name: string, channels: 1 | 3): Image {
  try {
    return decodePng(bytes, name, channels);
  } catch (error) {
    if (!(error instanceof SiameseError)) throw error;
    throw new SiameseError('input', error.message, { help: error.help, cause: error });
  }
}

function readBytes(name: string): Buffer {
  try {
    return readFileSync(name === '-' ? STDIN : name);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reasons: Record<string, string> = { ENOENT: 'there is no such file' };
    throw new SiameseError('input', `cannot open image ${name}: ${reasons[code ?? ''] ?? message}`, { cause });
  }
}

function readList(file: string, nul: boolean): string[] {
  let text: string;
  try {
    text = readFileSync(file === '-' ? STDIN : file, 'utf8');
  } catch (cause) {
    throw new SiameseError('input', `cannot open the list of images ${file}: ${(cause as Error).message}`, { cause });
  }
  return text.split(nul ? '\0' : /\r?\n/).filter((name) => name !== '');
}
