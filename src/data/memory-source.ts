/** Records that are in memory as a whole, or come into it as a whole when first needed. */
import type { RecordSet } from '../engine/native.js';
import type { RecordSource, RecordSourceInfo } from './record-source.js';

export interface MemoryRecords {
  info: RecordSourceInfo;
  /** Called once, at the first need. */
  load: () => Promise<RecordSet> | RecordSet;
  /** Labels, when they are to be had without the images. */
  labels?: () => Float32Array;
  key?: (record: number) => string;
}

export class MemorySource implements RecordSource {
  readonly info: RecordSourceInfo;
  readonly #records: MemoryRecords;
  #all: Promise<RecordSet> | undefined;

  constructor(records: MemoryRecords) {
    this.info = records.info;
    this.#records = records;
  }

  /** A set that a program has made itself. */
  static of(name: string, set: RecordSet): MemorySource {
    const { count, channels, height, width } = set;
    return new MemorySource({ info: { name, kind: 'memory', count, channels, height, width }, load: () => set });
  }

  async labels(): Promise<Float32Array> {
    return this.#records.labels?.() ?? (await this.all()).labels;
  }

  all(): Promise<RecordSet> {
    this.#all ??= Promise.resolve().then(() => this.#records.load());
    return this.#all;
  }

  async read(order: Int32Array): Promise<RecordSet> {
    return pickRecords(await this.all(), order);
  }

  async key(record: number): Promise<string> {
    return this.#records.key?.(record) ?? String(record).padStart(8, '0');
  }

  async close(): Promise<void> {
    this.#all = undefined;
  }
}

/** These records of a set, copied in the order given. */
export function pickRecords(set: RecordSet, order: Int32Array): RecordSet {
  const { channels, height, width } = set;
  const size = channels * height * width;
  const picked: RecordSet = { labels: new Float32Array(order.length), count: order.length, channels, height, width };
  const copy = <T extends Uint8Array | Float32Array>(from: T, to: T): T => {
    for (let i = 0; i < order.length; i++) to.set(from.subarray(order[i]! * size, (order[i]! + 1) * size), i * size);
    return to;
  };
  if (set.bytes) picked.bytes = copy(set.bytes, new Uint8Array(order.length * size));
  if (set.floats) picked.floats = copy(set.floats, new Float32Array(order.length * size));
  for (let i = 0; i < order.length; i++) picked.labels[i] = set.labels[order[i]!]!;
  return picked;
}
