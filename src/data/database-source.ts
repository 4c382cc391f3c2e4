/** A key-value database of Datums (LMDB, LevelDB) as a source of records. */
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { readClassNames } from './class-names.js';
import { DatumError, DatumReader } from './datum.js';
import { CENTRE } from './image.js';
import type { OpenOptions } from './open-options.js';
import { ownSizes } from './own-sizes.js';
import { type Decoding, printableKey, RecordCollector, type Shape } from './record-collector.js';
import type { RecordSource, RecordSourceInfo } from './record-source.js';

/** Sees one record; both views are valid only during the call. */
export type Visit = (key: Uint8Array, value: Uint8Array) => void;

/** What a database must be able to do; records are numbered in key order. Its errors are SiameseErrors. */
export interface Database {
  readonly kind: 'lmdb' | 'leveldb';
  readonly count: number;
  /** Records from, from + 1, ..., from + n - 1. */
  scan(from: number, n: number, visit: Visit): Promise<void>;
  pick(order: Int32Array, visit: Visit): Promise<void>;
  /** All labels, where the database can tell them without reading the images. */
  labels?(): Promise<Float32Array>;
  close(): Promise<void>;
}

export class DatabaseSource implements RecordSource {
  readonly info: RecordSourceInfo;
  readonly #database: Database;
  readonly #decoding: Decoding;
  #labels: Promise<Float32Array> | undefined;
  #all: Promise<RecordSet> | undefined;

  /** Takes over the database, and closes it when it cannot be used. */
  static async open(name: string, database: Database, options: OpenOptions = {}): Promise<DatabaseSource> {
    const { channels: forced, size, interpolation, crop, decoder } = options;
    const decoding: Decoding = { channels: forced, ...size, interpolation: interpolation ?? 'area', decoder };
    try {
      if (database.count === 0) throw new SiameseError('data', `${name} holds no records`);
      const first = new RecordCollector(name, 1, decoding);
      await database.scan(0, 1, (key, value) => first.add(key, value));
      const { channels, height, width } = await first.finish();
      const shape: Shape = [channels, height, width];
      if (!crop || size || !(await ownSizes(database, shape)))
        return new DatabaseSource(name, database, decoding, shape);
      return new DatabaseSource(name, database, decoding, [channels, crop, crop], crop);
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  private constructor(
    name: string,
    database: Database,
    decoding: Decoding,
    shape: Shape,
    readonly crop?: number,
  ) {
    const [channels, height, width] = shape;
    this.info = { name, kind: database.kind, count: database.count, channels, height, width };
    if (crop) this.info.ownSizes = true;
    const classNames = readClassNames(name);
    if (classNames) this.info.classNames = classNames;
    this.#database = database;
    this.#decoding = decoding;
  }

  labels(): Promise<Float32Array> {
    this.#labels ??= this.#all?.then((set) => set.labels) ?? this.#readLabels();
    return this.#labels;
  }

  all(): Promise<RecordSet> {
    this.#all ??= this.#readAll();
    return this.#all;
  }

  async read(order: Int32Array): Promise<RecordSet> {
    return this.readWindows(order, undefined);
  }

  async readWindows(order: Int32Array, places: Float64Array | undefined): Promise<RecordSet> {
    const records = this.#collector(order.length);
    let at = 0;
    await this.#database.pick(order, (key, value) => records.add(key, value, this.#window(places, at++)));
    return records.finish();
  }

  async key(record: number): Promise<string> {
    let name = '';
    await this.#database.pick(Int32Array.of(record), (key) => {
      name = printableKey(key);
    });
    return name;
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  async #readAll(): Promise<RecordSet> {
    const records = this.#collector(this.info.count);
    await this.#database.scan(0, this.info.count, (key, value) => records.add(key, value, this.#window()));
    return records.finish();
  }

  #window(places?: Float64Array, at = 0) {
    const size = this.crop;
    return size ? { size, y: places?.[2 * at] ?? CENTRE.y, x: places?.[2 * at + 1] ?? CENTRE.x } : undefined;
  }

  /** Reads the labels alone: the records of a large set do not fit in memory. */
  async #readLabels(): Promise<Float32Array> {
    if (this.#database.labels) return this.#database.labels();
    const labels = new Float32Array(this.info.count);
    const datum = new DatumReader();
    let at = 0;
    await this.#database.scan(0, this.info.count, (key, value) => {
      try {
        datum.read(value);
      } catch (error) {
        if (!(error instanceof DatumError)) throw error;
        throw new SiameseError('data', `${this.info.name}: record "${printableKey(key)}": ${error.message}`);
      }
      labels[at++] = datum.label;
    });
    return labels;
  }

  #collector(capacity: number): RecordCollector {
    const { name, channels, height, width } = this.info;
    return new RecordCollector(name, capacity, this.#decoding, [channels, height, width]);
  }
}
