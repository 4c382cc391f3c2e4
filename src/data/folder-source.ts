/** A folder of folders of images as a source of records: the folder's name is the class. */
import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import { bmpSize } from './bmp.js';
import { codedSize } from './coded-image.js';
import { listFiles, readFolderTree } from './folder-tree.js';
import { ImageFiles } from './image-files.js';
import { FORMATS_TEXT, imageFormat } from './image-format.js';
import { IMAGES_AT_ONCE } from './images-at-once.js';
import { inParallel } from './in-parallel.js';
import type { OpenOptions } from './open-options.js';
import { pngSize } from './png.js';
import { shapeText } from './record-collector.js';
import { Unreadable } from './unreadable.js';

/** Signature and header of a PNG, headers and palette of a BMP. */
const HEADER_BYTES = 2048;

/** What a file's header says. */
export interface ImageSize {
  width: number;
  height: number;
  color: boolean;
}

/** Reads every image's header: size and colour are known, and damaged files are named, before anything starts. */
export async function openFolder(root: string, options: OpenOptions = {}): Promise<ImageFiles> {
  const { files, classNames, notes } = readFolderTree(root);
  const sizes = await readSizes(root, files);
  const { crop } = options;
  const own = crop && !options.size && !sizes.every((size) => sameSize(size, sizes[0]!)) ? crop : undefined;
  const size = options.size ?? (own ? { height: own, width: own } : commonSize(root, files, sizes));
  const channels = options.channels ?? (sizes.some(({ color }) => color) ? 3 : 1);
  return new ImageFiles({
    info: {
      name: root,
      kind: 'folder',
      channels,
      height: size.height,
      width: size.width,
      classNames,
      ...(notes.length > 0 && { notes }),
      ...(own && { ownSizes: true }),
    },
    root,
    files,
    interpolation: options.interpolation ?? 'area',
    crop: own,
    decoder: options.decoder,
  });
}

async function readSizes(root: string, files: readonly { path: string }[]): Promise<ImageSize[]> {
  const unreadable = new Unreadable(root);
  const sizes: ImageSize[] = new Array(files.length);
  await inParallel(files.length, IMAGES_AT_ONCE, async (i) => {
    const name = files[i]!.path;
    await unreadable.guard(name, async () => {
      sizes[i] = await readSize(path.join(root, name), name);
    });
  });
  unreadable.throwIfAny();
  return sizes;
}

/** Of a file, from its header. */
export async function readSize(file: string, name: string): Promise<ImageSize> {
  const start = Buffer.alloc(HEADER_BYTES);
  const bytes = start.subarray(0, readStart(file, start));
  const format = imageFormat(bytes);
  if (format === 'png') return pngSize(bytes, name);
  if (format === 'bmp') return bmpSize(bytes, name);
  if (format !== undefined) return codedSize(file, format, name);
  throw new SiameseError('data', `${name}: cannot read this image: it is of no format that is known`, {
    help: `wanted: ${FORMATS_TEXT}`,
  });
}

const sameSize = (a: ImageSize, b: ImageSize) => a.height === b.height && a.width === b.width;

/** The one size of all; images of several need one to be brought to. */
function commonSize(
  root: string,
  files: readonly { path: string }[],
  sizes: readonly ImageSize[],
): { height: number; width: number } {
  const bySize = new Map<string, string[]>();
  for (const [i, { height, width }] of sizes.entries()) {
    const text = shapeText([height, width]);
    const same = bySize.get(text);
    if (same) same.push(files[i]!.path);
    else bySize.set(text, [files[i]!.path]);
  }
  if (bySize.size === 1) return sizes[0]!;
  const [most, ...rest] = [...bySize].sort(([, a], [, b]) => b.length - a.length);
  const [size, paths] = rest[0]!;
  throw new SiameseError(
    'data',
    `${root}: most images are of ${most![0]} (height x width), but of ${size}: ${listFiles(paths)}`,
    {
      help: 'say to which size they are to be brought: --size HxW, or new_height and new_width in data_param; or give a crop_size',
    },
  );
}

function readStart(file: string, into: Buffer): number {
  const fd = openSync(file, 'r');
  try {
    return readSync(fd, into, 0, into.length, 0);
  } finally {
    closeSync(fd);
  }
}
