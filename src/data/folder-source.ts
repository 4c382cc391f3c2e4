/** A folder of folders of images as a source of records: the folder's name is the class. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { bmpSize } from './bmp.js';
import { codedSize } from './coded-image.js';
import { decodeImage } from './decode-image.js';
import { type FolderTree, listFiles, readFolderTree } from './folder-tree.js';
import { FORMATS_TEXT, imageFormat } from './image-format.js';
import type { Interpolation } from './image-resize.js';
import { IMAGES_AT_ONCE, inParallel } from './in-parallel.js';
import { pickRecords } from './memory-source.js';
import type { OpenOptions } from './open-options.js';
import { pngSize } from './png.js';
import { shapeText } from './record-collector.js';
import type { RecordSource, RecordSourceInfo } from './record-source.js';

/** Signature and header of a PNG, headers and palette of a BMP. */
const HEADER_BYTES = 2048;

/** What a file's header says. */
interface ImageSize {
  width: number;
  height: number;
  color: boolean;
}

export class FolderSource implements RecordSource {
  readonly info: RecordSourceInfo;
  readonly #root: string;
  readonly #files: readonly { path: string; label: number }[];
  readonly #interpolation: Interpolation;
  #all: Promise<RecordSet> | undefined;

  /** Reads every image's header: size and colour are known, and damaged files are named, before anything starts. */
  static async open(root: string, options: OpenOptions = {}): Promise<FolderSource> {
    const tree = readFolderTree(root);
    const sizes = await readSizes(root, tree.files);
    const size = options.size ?? commonSize(root, tree.files, sizes);
    const channels = options.channels ?? (sizes.some(({ color }) => color) ? 3 : 1);
    return new FolderSource(root, tree, { ...size, channels }, options.interpolation ?? 'area');
  }

  private constructor(
    root: string,
    tree: FolderTree,
    shape: { channels: number; height: number; width: number },
    interpolation: Interpolation,
  ) {
    this.#root = root;
    this.#files = tree.files;
    this.#interpolation = interpolation;
    const { channels, height, width } = shape;
    this.info = { name: root, kind: 'folder', count: tree.files.length, channels, height, width };
    this.info.classNames = tree.classNames;
    if (tree.notes.length > 0) this.info.notes = tree.notes;
  }

  async labels(): Promise<Float32Array> {
    return Float32Array.from(this.#files, (file) => file.label);
  }

  all(): Promise<RecordSet> {
    this.#all ??= this.#decode(Int32Array.from(this.#files.keys())).catch((error) => {
      this.#all = undefined; // the good ones can be read all the same
      throw error;
    });
    return this.#all;
  }

  async read(order: Int32Array): Promise<RecordSet> {
    return this.#all ? pickRecords(await this.#all, order) : this.#decode(order);
  }

  async key(record: number): Promise<string> {
    return this.#files[record]!.path;
  }

  async close(): Promise<void> {
    this.#all = undefined;
  }

  async #decode(order: Int32Array): Promise<RecordSet> {
    const { channels, height, width, name } = this.info;
    const size = channels * height * width;
    const bytes = new Uint8Array(order.length * size);
    const unreadable = new Unreadable(name);
    const options = { channels: channels as 1 | 3, height, width, interpolation: this.#interpolation };
    await inParallel(order.length, IMAGES_AT_ONCE, async (i) => {
      const file = this.#files[order[i]!]!.path;
      await unreadable.guard(file, async () => {
        const image = await decodeImage(readFileSync(path.join(this.#root, file)), file, options);
        bytes.set(image.bytes, i * size);
      });
    });
    unreadable.throwIfAny();
    const labels = Float32Array.from(order, (record) => this.#files[record]!.label);
    return { bytes, labels, count: order.length, channels, height, width };
  }
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

async function readSize(file: string, name: string): Promise<ImageSize> {
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
    { help: 'say to which size they are to be brought: --size HxW, or new_height and new_width in data_param' },
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

/** Collects the files that cannot be read, so that one error names them all. */
class Unreadable {
  readonly #root: string;
  readonly #faults: { file: string; error: unknown }[] = [];

  constructor(root: string) {
    this.#root = root;
  }

  async guard(file: string, body: () => Promise<void>): Promise<void> {
    try {
      await body();
    } catch (error) {
      const { code } = error as { code?: string };
      if (!(error instanceof SiameseError) && code === undefined) throw error;
      this.#faults.push({ file, error });
    }
  }

  throwIfAny(): void {
    if (this.#faults.length === 0) return;
    // By name: which one fails first is chance where several are decoded at once.
    const faults = this.#faults.sort((a, b) => (a.file < b.file ? -1 : 1));
    const count = faults.length === 1 ? '1 image cannot be read' : `${faults.length} images cannot be read`;
    const [first] = faults;
    throw new SiameseError('data', `${this.#root}: ${count}: ${listFiles(faults.map(({ file }) => file))}`, {
      help: (first!.error as Error).message,
      cause: first!.error,
    });
  }
}
