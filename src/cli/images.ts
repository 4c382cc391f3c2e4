/** Images that `match` is asked about: their names from the line, a file or standard input, and their pixels. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { decodeImage } from '../data/decode-image.js';
import { isFolder } from '../data/folder-tree.js';
import { type Image, toChannels } from '../data/image.js';
import { IMAGE_NAME } from '../data/image-format.js';
import { resizeImage } from '../data/image-resize.js';
import type { OpenOptions } from '../data/open-options.js';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import type { Centroids } from '../match/centroids.js';
import type { RecordShape } from '../match/tower-net.js';
import { type Call, usageError } from './call.js';

const STDIN = 0;

export function imageNames({ args, flags, command }: Pick<Call, 'args' | 'flags' | 'command'>): string[] {
  const from = flags['files-from'];
  const listed = from === undefined ? [] : readList(from, flags.null === true);
  const names = [...args, ...listed];
  if (names.length === 0) {
    const message = from === undefined ? `${command} needs an image` : `${from} names no images`;
    throw usageError(message, `siamese ${command} IMAGE`);
  }
  if (from === '-' && args.includes('-')) throw usageError('standard input cannot be an image and the list of images');
  return names;
}

/** A folder stands for the images in it and in the folders within, in order of name. */
export function imagesIn(name: string): string[] {
  if (name === '-' || !statSync(name, { throwIfNoEntry: false })?.isDirectory()) return [name];
  const files = imagesBelow(name);
  if (files.length === 0) throw new SiameseError('input', `the folder ${name} holds no images`);
  return files.sort();
}

/** Node's own recursive reading asks the system about each file. */
function imagesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const inner = path.join(folder, entry.name);
    if (isFolder(entry, inner)) return imagesBelow(inner);
    return IMAGE_NAME.test(entry.name) ? [inner] : [];
  });
}

/** What an image must fit. */
export type ImageInput = Pick<Centroids, 'deploy' | 'mean' | 'gallery'>;

/** An image as a record, and what had to be done to it. */
export interface ReadImage {
  record: RecordSet;
  note?: string;
}

/** One image as a record of the shape that the net was trained on: made gray or colour, and resized, as is needed. */
export async function readImage(name: string, input: ImageInput): Promise<ReadImage> {
  const { channels, height, width, crop } = inputShape(input);
  const { mean } = input;
  const shown = name === '-' ? 'standard input' : name;
  const image = await decode(readBytes(name), shown);
  const stored = input.gallery?.lookalikes;
  // Where the net crops, its records are larger than what it sees. The stored training images say how large; else an
  // image that is large enough is taken as it is, and its centre is cropped, as in testing.
  const large = crop > 0 && !stored && image.height >= crop && image.width >= crop;
  const wanted = large ? image : (stored ?? { height, width });
  if (mean !== undefined && mean.length !== channels * wanted.height * wanted.width) {
    throw new SiameseError(
      'input',
      `${shown} is ${image.width}x${image.height} pixels, the mean image is of another size`,
      {
        help: 'bring it to the size of the training images',
      },
    );
  }
  const { bytes } = resizeImage(toChannels(image, channels === 3 ? 3 : 1), wanted.height, wanted.width, 'area');
  const record = { bytes, labels: new Float32Array(1), count: 1, channels, height: wanted.height, width: wanted.width };
  const note = changes(image, record);
  return note === undefined ? { record } : { record, note: `${shown}: ${note}` };
}

/** How the images of a folder or a database are brought to what the net takes. */
export function inputOptions(input: ImageInput): OpenOptions {
  const { channels, height, width, crop } = inputShape(input);
  const size = input.gallery?.lookalikes ?? (crop > 0 ? undefined : { height, width });
  return { channels: channels === 3 ? 3 : 1, size: size && { height: size.height, width: size.width } };
}

function inputShape({ deploy }: ImageInput): { channels: number; height: number; width: number; crop: number } {
  const layer = deploy.layer![0]!;
  const [channels = 1, height = 0, width = 0] = (layer.input_param?.shape?.[0]?.dim ?? []).slice(1);
  return { channels, height, width, crop: layer.transform_param?.crop_size ?? 0 };
}

/** Only what loses something is worth a word. */
function changes(from: Image, to: RecordSet): string | undefined {
  const done: string[] = [];
  if (from.channels === 3 && to.channels === 1) done.push('made gray');
  if (from.height !== to.height || from.width !== to.width) {
    const stretched = from.height * to.width !== from.width * to.height ? ', stretched' : '';
    done.push(`resized from ${from.width}x${from.height} to ${to.width}x${to.height} pixels${stretched}`);
  }
  return done.length === 0 ? undefined : done.join(' and ');
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
async function decode(bytes: Buffer, name: string): Promise<Image> {
  try {
    return await decodeImage(bytes, name);
  } catch (error) {
    if (!(error instanceof SiameseError) || error.code !== 'data') throw error;
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
