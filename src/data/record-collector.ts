/** Puts Datums of one size into one RecordSet. */
import { constants } from 'node:buffer';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { DatumError, DatumReader } from './datum.js';
import type { DecodeOptions } from './decode-image.js';
import { sharedDecoder } from './decode-pool.js';
import type { Decoder } from './decoder.js';
import type { Window } from './image.js';
import { imageFormat } from './image-format.js';
import { inParallel } from './in-parallel.js';

export type Shape = readonly [channels: number, height: number, width: number];

/** How encoded records are read: as they are, or with 1 or 3 channels (force_gray, force_color). */
export type ForcedChannels = 1 | 3 | undefined;

export interface Decoding extends DecodeOptions {
  /** Who decodes; by default the threads that all data sets share. */
  decoder?: Decoder | undefined;
}

export class RecordCollector {
  readonly #source: string;
  readonly #decoding: DecodeOptions;
  readonly #decoder: Decoder;
  readonly #labels: Float32Array;
  readonly #datum = new DatumReader();
  #shape: Shape | undefined;
  #size = 0;
  #bytes: Uint8Array | undefined;
  #floats: Float32Array | undefined;
  #count = 0;
  /** Images yet to be decoded, copied out of the database, and the records that they are. */
  #encoded: { record: number; key: string; bytes: Uint8Array; window: Window | undefined }[] = [];

  /** `shape`, when it is known already, is what every record must have; else the first one decides. */
  constructor(source: string, capacity: number, { decoder, ...decoding }: Decoding = {}, shape?: Shape) {
    this.#source = source;
    this.#decoding = decoding;
    this.#decoder = decoder ?? sharedDecoder();
    this.#labels = new Float32Array(capacity);
    if (shape) this.#setShape(shape);
  }

  /** Adds the record with these bytes; `key` is only for messages. Images are decoded, and windows cut, in `finish`. */
  add(key: Uint8Array, value: Uint8Array, window?: Window): void {
    const datum = this.#datum;
    try {
      datum.read(value);
      if (datum.encoded) {
        if (!datum.data?.length) throw new DatumError('it is said to be an encoded image, and is empty');
        const record = this.#count;
        this.#encoded.push({ record, key: printableKey(key), bytes: datum.data.slice(), window });
      } else {
        this.#addPlain();
      }
    } catch (error) {
      throw this.#named(error, printableKey(key));
    }
    this.#labels[this.#count++] = datum.label;
  }

  async finish(): Promise<RecordSet> {
    await this.#decode();
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

  /** Several at a time; the first one alone where it decides the shape of all. */
  async #decode(): Promise<void> {
    const encoded = this.#encoded;
    this.#encoded = [];
    const decodeOne = async (i: number) => {
      const { record, key, bytes, window } = encoded[i]!;
      try {
        const image = await decodeEncoded(this.#decoder, bytes, { ...this.#decoding, ...(window && { window }) });
        this.#checkShape([image.channels, image.height, image.width]);
        this.#store(image.bytes, record);
      } catch (error) {
        throw this.#named(error, key);
      }
    };
    const first = this.#shape === undefined && encoded.length > 0 ? 1 : 0;
    if (first) await decodeOne(0);
    await inParallel(encoded.length - first, this.#decoder.atOnce, (i) => decodeOne(i + first));
  }

  #named(error: unknown, key: string): unknown {
    if (!(error instanceof DatumError)) return error;
    return new SiameseError('data', `${this.#source}: record "${key}": ${error.message}`);
  }

  #addPlain(): void {
    const { channels, height, width, data, floats } = this.#datum;
    const held = data?.length || floats?.length || 0;
    // Before any memory is taken: a damaged size must not cost more than the record's own bytes.
    if (held !== channels * height * width || held === 0) {
      const image = data && imageFormat(data) ? ', an image file not marked `encoded`' : '';
      throw new DatumError(`its Datum of ${shapeText([channels, height, width])} holds ${held} values${image}`);
    }
    this.#checkShape([channels, height, width]);
    if (data?.length) this.#store(data, this.#count);
    else this.#storeFloats(floats!);
  }

  #store(data: Uint8Array, record: number): void {
    if (this.#floats) this.#floats.set(data, record * this.#size);
    else this.#bytes!.set(data, record * this.#size);
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

async function decodeEncoded(decoder: Decoder, bytes: Uint8Array, options: DecodeOptions) {
  try {
    return await decoder.decode({ bytes, name: 'encoded image', options });
  } catch (error) {
    throw error instanceof SiameseError && error.code === 'data' ? new DatumError(error.message) : error;
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
