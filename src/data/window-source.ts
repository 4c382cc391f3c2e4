/**
 * WindowData's source. Record 2 i is window i as it stands, record 2 i + 1 the same mirrored; foreground windows come first.
 * Records are floats, mean and scale applied.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { decodeImage } from './decode-image.js';
import type { Image } from './image.js';
import { IMAGES_AT_ONCE } from './images-at-once.js';
import { inParallel } from './in-parallel.js';
import { folderOf } from './list-source.js';
import type { RecordSource, RecordSourceInfo } from './record-source.js';
import { Unreadable } from './unreadable.js';
import { cropWindow, type WindowOptions } from './window-crop.js';
import type { ImageWindow, WindowFile } from './window-file.js';

export interface WindowSourceOptions extends WindowOptions {
  /** Where images are looked for, besides the working directory. */
  folders: readonly string[];
  /** Keep the files (not the pixels) in memory. */
  cacheImages: boolean;
}

export class WindowSource implements RecordSource {
  readonly info: RecordSourceInfo;
  readonly #root: string;
  readonly #windows: readonly ImageWindow[];
  readonly #cache = new Map<number, Buffer>();

  constructor(
    name: string,
    private readonly file: WindowFile,
    private readonly options: WindowSourceOptions,
  ) {
    this.#windows = [...file.foreground, ...file.background];
    this.#root = folderOf(file.images[0]!.path, options.folders);
    const { cropSize } = options;
    const count = 2 * this.#windows.length;
    this.info = { name, kind: 'windows', count, channels: file.images[0]!.channels, height: cropSize, width: cropSize };
  }

  async labels(): Promise<Float32Array> {
    return Float32Array.from({ length: this.info.count }, (_, record) => this.#windows[record >> 1]!.label);
  }

  all(): Promise<RecordSet> {
    return this.read(Int32Array.from({ length: this.info.count }, (_, i) => i));
  }

  async read(order: Int32Array): Promise<RecordSet> {
    const { channels, height, width, name } = this.info;
    const size = channels * height * width;
    const floats = new Float32Array(order.length * size);
    const unreadable = new Unreadable(name);
    // Image by image, since one may have many of the windows.
    const byImage = new Map<number, number[]>();
    order.forEach((record, i) => {
      const { image } = this.#windows[record >> 1]!;
      byImage.set(image, [...(byImage.get(image) ?? []), i]);
    });
    const images = [...byImage];
    await inParallel(images.length, IMAGES_AT_ONCE, async (n) => {
      const [image, places] = images[n]!;
      await unreadable.guard(this.file.images[image]!.path, async () => {
        const pixels = await this.#decode(image);
        for (const i of places) {
          const record = order[i]!;
          const out = floats.subarray(i * size, (i + 1) * size);
          cropWindow(pixels, this.#windows[record >> 1]!, (record & 1) === 1, this.options, out);
        }
      });
    });
    unreadable.throwIfAny();
    const labels = Float32Array.from(order, (record) => this.#windows[record >> 1]!.label);
    return { floats, labels, count: order.length, channels, height, width };
  }

  async key(record: number): Promise<string> {
    const { image, x1, y1, x2, y2 } = this.#windows[record >> 1]!;
    return `${this.file.images[image]!.path}[${x1},${y1},${x2},${y2}]`;
  }

  async close(): Promise<void> {
    this.#cache.clear();
  }

  async #decode(image: number): Promise<Image> {
    const { path: name, channels, height, width } = this.file.images[image]!;
    const file = this.#cache.get(image) ?? readFileSync(path.resolve(this.#root, name));
    if (this.options.cacheImages) this.#cache.set(image, file);
    const pixels = await decodeImage(file, name, { channels: channels as 1 | 3 });
    if (pixels.height === height && pixels.width === width) return pixels;
    const sizes = `${pixels.height} x ${pixels.width}, the window file says ${height} x ${width}`;
    throw new SiameseError('data', `${name} is of ${sizes}`);
  }
}
