/** A folder of folders of PNG images as a source of records: the folder's name is the class. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import path from 'node:path';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { listFiles, readFolderTree } from './folder-tree.js';
import { pickRecords } from './memory-source.js';
import { decodePng, pngSize } from './png.js';
import { type ForcedChannels, shapeText } from './record-collector.js';
import type { RecordSource, RecordSourceInfo } from './record-source.js';

/** Signature and header of a PNG. */
const HEADER_BYTES = 33;

export class FolderSource implements RecordSource {
  readonly info: RecordSourceInfo;
  readonly #root: string;
  readonly #files: { path: string; label: number }[];
  #all: RecordSet | undefined;

  /** Reads every image's header: size and colour are known, and damaged files are named, before anything starts. */
  constructor(root: string, forced?: ForcedChannels) {
    const tree = readFolderTree(root);
    this.#root = root;
    this.#files = tree.files;
    const { width, height, color } = checkImages(root, tree.files);
    const channels = forced ?? (color ? 3 : 1);
    this.info = { name: root, kind: 'folder', count: tree.files.length, channels, height, width };
    this.info.classNames = tree.classNames;
    if (tree.notes.length > 0) this.info.notes = tree.notes;
  }

  async labels(): Promise<Float32Array> {
    return Float32Array.from(this.#files, (file) => file.label);
  }

  async all(): Promise<RecordSet> {
    this.#all ??= this.#decode(Int32Array.from(this.#files.keys()));
    return this.#all;
  }

  async read(order: Int32Array): Promise<RecordSet> {
    return this.#all ? pickRecords(this.#all, order) : this.#decode(order);
  }

  async key(record: number): Promise<string> {
    return this.#files[record]!.path;
  }

  async close(): Promise<void> {
    this.#all = undefined;
  }

  #decode(order: Int32Array): RecordSet {
    const { channels, height, width, name } = this.info;
    const size = channels * height * width;
    const bytes = new Uint8Array(order.length * size);
    const unreadable = new Unreadable(name);
    order.forEach((record, i) => {
      const file = this.#files[record]!.path;
      unreadable.guard(file, () => {
        bytes.set(decodePng(readFileSync(path.join(this.#root, file)), file, channels as 1 | 3).bytes, i * size);
      });
    });
    unreadable.throwIfAny();
    const labels = Float32Array.from(order, (record) => this.#files[record]!.label);
    return { bytes, labels, count: order.length, channels, height, width };
  }
}

/** One size for all, and whether any is in colour: then all are read as colour. */
function checkImages(
  root: string,
  files: readonly { path: string }[],
): { width: number; height: number; color: boolean } {
  const unreadable = new Unreadable(root);
  const start = Buffer.alloc(HEADER_BYTES);
  const sizes = new Map<string, string[]>();
  let common: { width: number; height: number; color: boolean } | undefined;
  for (const file of files) {
    unreadable.guard(file.path, () => {
      const size = pngSize(start.subarray(0, readStart(path.join(root, file.path), start)), file.path);
      common ??= { ...size };
      common.color ||= size.color;
      const text = shapeText([size.height, size.width]);
      const same = sizes.get(text);
      if (same) same.push(file.path);
      else sizes.set(text, [file.path]);
    });
  }
  unreadable.throwIfAny();
  if (sizes.size > 1) {
    const [most, ...rest] = [...sizes].sort(([, a], [, b]) => b.length - a.length);
    const [size, paths] = rest[0]!;
    throw new SiameseError(
      'data',
      `${root}: most images are of ${most![0]} (height x width), but of ${size}: ${listFiles(paths)}`,
      {
        help: 'scale the images to one size first',
      },
    );
  }
  return common!;
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
  readonly #files: string[] = [];
  #first: unknown;

  constructor(root: string) {
    this.#root = root;
  }

  guard(file: string, body: () => void): void {
    try {
      body();
    } catch (error) {
      const { code } = error as { code?: string };
      if (!(error instanceof SiameseError) && code === undefined) throw error;
      this.#first ??= error;
      this.#files.push(file);
    }
  }

  throwIfAny(): void {
    if (this.#files.length === 0) return;
    const count = this.#files.length === 1 ? '1 image cannot be read' : `${this.#files.length} images cannot be read`;
    throw new SiameseError('data', `${this.#root}: ${count}: ${listFiles(this.#files)}`, {
      help: (this.#first as Error).message,
      cause: this.#first,
    });
  }
}
