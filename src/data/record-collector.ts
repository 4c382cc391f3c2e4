/** Puts Datums of one size into one RecordSet. */
import { constants } from 'node:buffer';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { DatumError, DatumReader } from './datum.js';
import type { Image } from './image.js';
import { decodePng } from './png.js';
import { isJpeg, isPng } from './png-chunks.js';

export type Shape = readonly [channels: number, height: number, width: number];

/** How encoded records are read: as they are, or with 1 or 3 channels (force_gray, force_color). */
export type ForcedChannels = 1 | 3 | undefined;

export class RecordCollector {
  readonly #source: string;
  readonly #forced: ForcedChannels;
  readonly #labels: Float32Array;
  readonly #datum = new DatumReader();
  #shape: Shape | undefined;
  #size = 0;
  #bytes: Uint8Array | undefined;
  #floats: Float32Array | undefined;
  #count = 0;

  /** `shape`, when it is known already, is what every record must have; else the first one decides. */
  constructor(source: string, capacity: number, forced: ForcedChannels, shape?: Shape) {
    this.#source = source;
    this.#forced = forced;
    this.#labels = new Float32Array(capacity);
    if (shape) this.#setShape(shape);
  }

  get shape(): Shape | undefined {
    return this.#shape;
  }

  /** Adds the record with these bytes; `key` is only for messages. */
  add(key: Uint8Array, value: Uint8Array): void {
    const datum = this.#datum;
    try {
      datum.read(value);
      if (datum.encoded) this.#addImage(decodeEncoded(datum.data, this.#forced));
      else this.#addPlain();
    } catch (error) {
      if (!(error instanceof DatumError)) throw error;
      throw new SiameseError('data', `${this.#source}: record "${printableKey(key)}": ${error.message}`);
    }
    this.#labels[this.#count++] = datum.label;
  }

  finish(): RecordSet {
    const [channels, height, width] = this.#shape ?? [0, 0, 0];
    const set: RecordSet = {
      labels: this.#labels.subarray(0, this.#count),
      count: this.#count,
      channels,
      height,
      width,
    };
    if (this.#floats) set.floats = this.#floats.subarray(0, this.#count * this.#size);
    else set.bytes = (this.#bytes ?? new Uint8Array(0)).subarray(0, this.#count * this.#size);
    return set;
  }

  #addPlain(): void {
    const { channels, height, width, data, floats } = this.#datum;
    const held = data?.length || floats?.length || 0;
    // Before any memory is taken: a damaged size must not cost more than the record's own bytes.
    if (held !== channels * height * width || held === 0) {
      const image = data && (isPng(data) || isJpeg(data)) ? ', an image file not marked `encoded`' : '';
      throw new DatumError(`its Datum of ${shapeText([channels, height, width])} holds ${held} values${image}`);
    }
    this.#checkShape([channels, height, width]);
    if (data?.length) this.#store(data);
    else this.#storeFloats(floats!);
  }

  #addImage(image: Image): void {
    this.#checkShape([image.channels, image.height, image.width]);
    this.#store(image.bytes);
  }

  #store(data: Uint8Array): void {
    if (this.#floats) this.#floats.set(data, this.#count * this.#size);
    else this.#bytes!.set(data, this.#count * this.#size);
  }

  /** The first record of floats turns those before it, if any, into floats too. */
  #storeFloats(data: Float32Array): void {
    if (!this.#floats) {
      this.#floats = new Float32Array(this.#bytes!.length);
      this.#floats.set(this.#bytes!.subarray(0, this.#count * this.#size));
      this.#bytes = undefined;
    }
    this.#floats.set(data, this.#count * this.#size);
  }

  #checkShape(shape: Shape): void {
    if (this.#shape === undefined) this.#setShape(shape);
    const expected = this.#shape!;
    if (shape.some((dim, i) => dim !== expected[i])) {
      throw new DatumError(`it is of ${shapeText(shape)}, the records before it of ${shapeText(expected)}`);
    }
  }

  #setShape(shape: Shape): void {
    this.#shape = shape;
    this.#size = shape[0] * shape[1] * shape[2];
    const total = this.#size * this.#labels.length;
    if (total > constants.MAX_LENGTH) {
      throw new SiameseError('data', `${this.#source}: ${total} bytes of records do not fit in one array in memory`);
    }
    this.#bytes = new Uint8Array(total);
  }
}

function decodeEncoded(data: Uint8Array | undefined, forced: ForcedChannels): Image {
  if (!data || data.length === 0) throw new DatumError('it is said to be an encoded image, and is empty');
  if (isJpeg(data)) throw new DatumError('it is an encoded JPEG image, which is not supported yet; PNG is');
  if (!isPng(data)) throw new DatumError('it is an encoded image of an unknown format; PNG is supported');
  try {
    return decodePng(data, 'encoded image', forced);
  } catch (error) {
    throw error instanceof SiameseError ? new DatumError(error.message) : error;
  }
}

export function shapeText(shape: readonly number[]): string {
  return shape.join(' x ');
}

export function printableKey(key: Uint8Array): string {
  return Buffer.from(key.subarray(0, 200))
    .toString('utf8')
    .replace(/\p{Cc}/gu, '?');
}
