/** ImageData's source: a text file that names image files and their labels. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import { decodeImage } from './decode-image.js';
import { ImageFiles } from './image-files.js';
import type { Interpolation } from './image-resize.js';

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
}

/** Reads the list and, unless a size is given, the first image. */
export async function openList(list: string, options: ListOptions): Promise<ImageFiles> {
  const channels = options.color ? 3 : 1;
  const files = readList(list).map(({ name, label }) => ({ path: options.rootFolder + name, label }));
  const root = folderOf(files[0]!.path, options.folders);
  const size = options.size ?? (await sizeOf(files[0]!.path, root));
  return new ImageFiles({
    info: { name: list, kind: 'list', channels, height: size.height, width: size.width },
    root,
    files,
    interpolation: options.size && (options.interpolation ?? 'linear'),
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
