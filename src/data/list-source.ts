/** ImageData's source: a text file that names image files and their labels. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import { decodeImage } from './decode-image.js';
import type { Decoder } from './decoder.js';
import { readSize } from './folder-source.js';
import { ImageFiles } from './image-files.js';
import type { Interpolation } from './image-resize.js';
import { IMAGES_AT_ONCE } from './images-at-once.js';
import { inParallel } from './in-parallel.js';
import { Unreadable } from './unreadable.js';

export interface ListOptions {
  /** Put before each name as it stands, as Caffe does: "images" and "a.png" are "imagesa.png". */
  rootFolder: string;
  /** Where names are looked for, besides the working directory. */
  folders: readonly string[];
  color: boolean;
  /** What images are brought to; by default all must be of the size of the first. */
  size?: { height: number; width: number } | undefined;
  /** How; `linear`, Caffe's, by default. */
  interpolation?: Interpolation | undefined;
  /** crop_size: where images have several sizes and `size` is not given, a window of so many pixels is cut out of each. */
  crop?: number | undefined;
  decoder?: Decoder | undefined;
}

/** Reads the list and, unless a size is given, the first image. */
export async function openList(list: string, options: ListOptions): Promise<ImageFiles> {
  const channels = options.color ? 3 : 1;
  const files = readList(list).map(({ name, label }) => ({ path: options.rootFolder + name, label }));
  const root = folderOf(files[0]!.path, options.folders);
  const first = options.size ?? (await sizeOf(files[0]!.path, root));
  const { crop } = options;
  const own = crop && !options.size && (await differ(list, files, root)) ? crop : undefined;
  const { height, width } = own ? { height: own, width: own } : first;
  return new ImageFiles({
    info: { name: list, kind: 'list', channels, height, width, ...(own && { ownSizes: true }) },
    root,
    files,
    interpolation: options.size && (options.interpolation ?? 'linear'),
    crop: own,
    decoder: options.decoder,
  });
}

/** Name and label of each line; the label stands behind the last blank, so that names may have some. */
export function readList(list: string): { name: string; label: number }[] {
  const lines = opened(list, 'the list of images').toString('utf8').split(/\r?\n/);
  const files = lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    const [, name, label] = /^(.*\S)\s+(-?\d+)\s*$/.exec(line) ?? [];
    if (name !== undefined) return [{ name, label: Number(label) }];
    throw new SiameseError('data', `${list}, line ${i + 1}: "${line}" is no file name with a label behind it`, {
      help: 'a line is as in: cat/1.jpg 0',
    });
  });
  if (files.length === 0) throw new SiameseError('data', `${list} names no images`);
  return files;
}

/** The folder from which the first file, and so all of them, are found: the working directory, as Caffe has it, or another. */
export function folderOf(file: string, folders: readonly string[]): string {
  return ['.', ...folders].find((folder) => existsSync(path.resolve(folder, file))) ?? '.';
}

/** Whether the files' headers say more than one size. */
async function differ(list: string, files: readonly { path: string }[], root: string): Promise<boolean> {
  const unreadable = new Unreadable(list);
  const sizes = new Set<string>();
  await inParallel(files.length, IMAGES_AT_ONCE, async (i) => {
    const name = files[i]!.path;
    await unreadable.guard(name, async () => {
      const { height, width } = await readSize(path.resolve(root, name), name);
      sizes.add(`${height} x ${width}`);
    });
  });
  unreadable.throwIfAny();
  return sizes.size > 1;
}

async function sizeOf(file: string, folder: string): Promise<{ height: number; width: number }> {
  return decodeImage(opened(path.resolve(folder, file), 'image'), file);
}

function opened(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new SiameseError('data', `cannot open ${what} ${file}: ${reason}`, { cause });
  }
}
