/** Image files, each with its label, as a source of records of one size. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { sharedDecoder } from './decode-pool.js';
import type { Decoder } from './decoder.js';
import { CENTRE } from './image.js';
import type { Interpolation } from './image-resize.js';
import { inParallel } from './in-parallel.js';
import { pickRecords } from './memory-source.js';
import type { RecordSource, RecordSourceInfo } from './record-source.js';
import { Unreadable } from './unreadable.js';

export interface ImageFilesParts {
  info: Omit<RecordSourceInfo, 'count'>;
  /** Put before each file's path. */
  root: string;
  files: readonly { path: string; label: number }[];
  /** How images of another size are brought to that of `info`; without it they are an error. */
  interpolation: Interpolation | undefined;
  /** Images keep their own sizes, and a window of this size is cut out of each. */
  crop?: number | undefined;
  /** Who decodes them; by default the threads that all data sets share. */
  decoder?: Decoder | undefined;
}

export class ImageFiles implements RecordSource {
  readonly info: RecordSourceInfo;
  readonly #parts: ImageFilesParts;
  #all: Promise<RecordSet> | undefined;

  constructor(parts: ImageFilesParts) {
    const { name, kind, ...more } = parts.info;
    this.info = { name, kind, count: parts.files.length, ...more };
    this.#parts = parts;
  }

  async labels(): Promise<Float32Array> {
    return Float32Array.from(this.#parts.files, (file) => file.label);
  }

  all(): Promise<RecordSet> {
    this.#all ??= this.#decode(Int32Array.from(this.#parts.files.keys())).catch((error) => {
      this.#all = undefined; // the good ones can be read all the same
      throw error;
    });
    return this.#all;
  }

  async read(order: Int32Array): Promise<RecordSet> {
    return this.#all ? pickRecords(await this.#all, order) : this.#decode(order);
  }

  readWindows(order: Int32Array, places: Float64Array | undefined): Promise<RecordSet> {
    return this.#decode(order, places);
  }

  /** The file of a record as it is, and what must be done to it. */
  file(record: number): { bytes: Buffer; label: number; name: string } {
    const { path: name, label } = this.#parts.files[record]!;
    return { bytes: readFileSync(path.resolve(this.#parts.root, name)), label, name };
  }

  async key(record: number): Promise<string> {
    return this.#parts.files[record]!.path;
  }

  async close(): Promise<void> {
    this.#all = undefined;
  }

  async #decode(order: Int32Array, places?: Float64Array): Promise<RecordSet> {
    const { channels, height, width, name } = this.info;
    const { files, root, interpolation, crop, decoder = sharedDecoder() } = this.#parts;
    const size = channels * height * width;
    const bytes = new Uint8Array(order.length * size);
    const unreadable = new Unreadable(name);
    const options = { channels: channels as 1 | 3, ...(interpolation && !crop && { height, width, interpolation }) };
    await inParallel(order.length, decoder.atOnce, async (i) => {
      const file = files[order[i]!]!.path;
      const window = crop
        ? { size: crop, y: places?.[2 * i] ?? CENTRE.y, x: places?.[2 * i + 1] ?? CENTRE.x }
        : undefined;
      await unreadable.guard(file, async () => {
        const job = { file: path.resolve(root, file), name: file, options: { ...options, window } };
        const image = await decoder.decode(job);
        if (image.height !== height || image.width !== width) {
          const message = `${file} is of ${image.height} x ${image.width}, the first image of ${height} x ${width}`;
          throw new SiameseError('data', `${message}: give new_height and new_width, or --size HxW`);
        }
        bytes.set(image.bytes, i * size);
      });
    });
    unreadable.throwIfAny();
    const labels = Float32Array.from(order, (record) => files[record]!.label);
    return { bytes, labels, count: order.length, channels, height, width };
  }
}
