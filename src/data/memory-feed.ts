/** MemoryData's supply: arrays that the program gives, batch by batch in their order, then from the start again. */
import type { FeedChunk, RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import type { LayerParameter } from '../proto/messages.js';
import { filled } from '../proto/schema.js';
import type { Feed, LabelStatistics } from './feed.js';
import type { RecordSource, RecordSourceInfo } from './record-source.js';

/** Records of a MemoryData layer; of no number until the program has given some. */
export class MemoryFeedSource implements RecordSource {
  readonly info: RecordSourceInfo;
  readonly batchSize: number;
  #records: RecordSet | undefined;

  constructor(private readonly layer: LayerParameter) {
    const { channels, height, width, batch_size } = filled('MemoryDataParameter', layer.memory_data_param);
    this.batchSize = batch_size;
    this.info = { name: layer.name ?? '', kind: 'memory', count: 0, channels, height, width };
  }

  /** Caffe's Reset: these from now on, from the first. Throws SiameseError('input') when they do not fit the layer. */
  set(records: RecordSet): void {
    const { channels, height, width } = this.info;
    const size = channels * height * width;
    const given = `${records.channels} x ${records.height} x ${records.width}`;
    if (given !== `${channels} x ${height} x ${width}`) {
      throw this.fail(`the records are of ${given}, the layer takes ${channels} x ${height} x ${width}`);
    }
    if (records.count === 0 || records.count % this.batchSize !== 0) {
      throw this.fail(`${records.count} records are no whole number of batches of ${this.batchSize}`);
    }
    const values = records.floats ?? records.bytes;
    if (values?.length !== records.count * size || records.labels.length !== records.count) {
      throw this.fail(`${records.count} records need ${records.count * size} values and as many labels`);
    }
    this.#records = records;
    this.info.count = records.count;
  }

  get records(): RecordSet {
    if (this.#records) return this.#records;
    throw new SiameseError('input', `layer "${this.layer.name}" (MemoryData): it was given no data`, {
      layer: this.layer.name,
      help: 'setMemoryData(layer, records) gives some; a prototxt alone cannot',
    });
  }

  async labels(): Promise<Float32Array> {
    return this.#records?.labels ?? new Float32Array(0);
  }

  async all(): Promise<RecordSet> {
    return this.records;
  }

  async read(): Promise<RecordSet> {
    return this.records;
  }

  async key(record: number): Promise<string> {
    return String(record);
  }

  async close(): Promise<void> {
    this.#records = undefined;
  }

  private fail(message: string): SiameseError {
    return new SiameseError('input', `layer "${this.layer.name}" (MemoryData): ${message}`, { layer: this.layer.name });
  }
}

export class MemoryFeed implements Feed {
  readonly resident = undefined;
  readonly mean = undefined;
  readonly recordsPerPass: number;
  readonly #places = new WeakMap<FeedChunk, number>();
  #position = 0;

  constructor(
    private readonly source: MemoryFeedSource,
    readonly seed: number,
  ) {
    this.recordsPerPass = source.batchSize;
  }

  /** After new records were set. */
  rewind(): void {
    this.#position = 0;
  }

  async next(passes: number): Promise<FeedChunk> {
    const { records } = this.source;
    const from = this.#position;
    const order = Int32Array.from({ length: passes * this.recordsPerPass }, (_, i) => (from + i) % records.count);
    this.#position = (from + order.length) % records.count;
    const chunk = { order, records };
    this.#places.set(chunk, from);
    return chunk;
  }

  used(): void {}

  state(chunk?: FeedChunk, passes?: number): unknown {
    const before = chunk && this.#places.get(chunk);
    if (before === undefined) return { position: this.#position };
    return { position: before + (passes ?? chunk!.order.length / this.recordsPerPass) * this.recordsPerPass };
  }

  restore(state: unknown): void {
    const { position } = state as { position?: number };
    const { count } = this.source.info;
    // Where records are given after resuming, they begin anew, as in Caffe.
    this.#position = count > 0 && Number.isInteger(position) ? position! % count : 0;
  }

  statistics(): LabelStatistics {
    return { labels: [] };
  }

  async close(): Promise<void> {}
}
