/** The feed itself: draws items, brings their records where the source is streamed, keeps its place. */
import type { Crops, FeedChunk, RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import type { Cropper } from './cropper.js';
import type { Feed, LabelStatistics } from './feed.js';
import { LabelCounts, type LabelCountsState } from './label-counts.js';
import type { LabelIndex } from './label-index.js';
import type { RandomState } from './random.js';
import type { RecordSource } from './record-source.js';
import type { Sampler, SamplerState } from './sampler.js';

export interface RecordFeedParts {
  name: string;
  source: RecordSource;
  /** All records, or undefined to stream them. */
  resident: RecordSet | undefined;
  mean: Float32Array | undefined;
  index: LabelIndex;
  sampler: Sampler;
  cropper: Cropper;
  imagesPerItem: number;
  itemsPerPass: number;
  seed: number;
}

/** What the next draw depends on. */
interface Place {
  sampler: SamplerState;
  crops: RandomState;
}

interface FeedState extends Place {
  /** Of the source, to recognise another one. */
  records: number;
  seed: number;
  used: LabelCountsState;
}

/** A chunk on its way, with the places before and after it. */
interface Ahead {
  passes: number;
  after: Place;
  chunk: Promise<FeedChunk>;
}

export class RecordFeed implements Feed {
  readonly recordsPerPass: number;
  readonly #parts: RecordFeedParts;
  readonly #counts: LabelCounts;
  /** The place before each chunk that was handed out, and how many passes it is of. */
  readonly #handedOut = new WeakMap<FeedChunk, { before: Place; passes: number }>();
  #seed: number;
  #place: Place;
  #ahead: Ahead | undefined;

  constructor(parts: RecordFeedParts) {
    this.#parts = parts;
    this.#seed = parts.seed;
    this.recordsPerPass = parts.imagesPerItem * parts.itemsPerPass;
    this.#counts = new LabelCounts(parts.index);
    this.#place = this.#currentPlace();
  }

  get resident(): RecordSet | undefined {
    return this.#parts.resident;
  }

  get mean(): Float32Array | undefined {
    return this.#parts.mean;
  }

  get seed(): number {
    return this.#seed;
  }

  async next(passes: number): Promise<FeedChunk> {
    const before = this.#place;
    const { after, chunk: coming } = this.#ahead?.passes === passes ? this.#ahead : this.#fetch(passes);
    this.#ahead = undefined;
    this.#place = after;
    const chunk = await coming;
    this.#handedOut.set(chunk, { before, passes });
    if (!this.resident && this.#place === after) this.#fetchAhead(passes);
    return chunk;
  }

  used(chunk: FeedChunk, passes: number): void {
    const labels = (chunk.records ?? this.resident!).labels;
    const used = chunk.order.subarray(0, passes * this.recordsPerPass);
    this.#counts.count(used, (record) => labels[record]!, this.#parts.imagesPerItem);
  }

  state(chunk?: FeedChunk, passes?: number): FeedState {
    let place = this.#place;
    const handed = chunk && this.#handedOut.get(chunk);
    if (handed) {
      this.#goTo(handed.before);
      this.#draw(passes ?? handed.passes);
      place = this.#currentPlace();
    }
    return { ...place, records: this.#parts.source.info.count, seed: this.#seed, used: this.#counts.state() };
  }

  restore(state: unknown): void {
    const { sampler, crops, seed, used } = this.#checked(state);
    this.#seed = seed;
    this.#counts.restore(used);
    this.#place = { sampler, crops };
    this.#ahead = undefined;
  }

  statistics(): LabelStatistics {
    return this.#counts.statistics();
  }

  /** Lets go of the records; the source belongs to whoever opened it. */
  async close(): Promise<void> {
    await this.#ahead?.chunk.catch(() => undefined);
    this.#ahead = undefined;
  }

  /** Begins to bring the chunk at the present place. */
  #fetch(passes: number): Ahead {
    this.#goTo(this.#place);
    const { order, crops } = this.#draw(passes);
    const after = this.#currentPlace();
    return { passes, after, chunk: this.resident ? Promise.resolve(chunkOf(order, crops)) : this.#bring(order, crops) };
  }

  /** The next chunk is most likely as long as the last one; its records are read while the engine computes. */
  #fetchAhead(passes: number): void {
    const ahead = this.#fetch(passes);
    ahead.chunk.catch(() => undefined); // whoever asks for the chunk gets the error
    this.#ahead = ahead;
  }

  async #bring(order: Int32Array, crops: Crops | undefined): Promise<FeedChunk> {
    // Reading may block this thread, so whoever was given the last chunk goes first and starts the engine.
    await new Promise(setImmediate);
    // Each record once, in key order, which is the order on the disk.
    const wanted = [...new Set(order)].sort((a, b) => a - b);
    const place = new Map(wanted.map((record, i) => [record, i]));
    const records = await this.#parts.source.read(Int32Array.from(wanted));
    return {
      ...chunkOf(
        Int32Array.from(order, (record) => place.get(record)!),
        crops,
      ),
      records,
    };
  }

  #draw(passes: number): { order: Int32Array; crops: Crops | undefined } {
    const order = new Int32Array(passes * this.recordsPerPass);
    this.#parts.sampler.fill(order);
    return { order, crops: this.#parts.cropper.draw(order.length) };
  }

  #currentPlace(): Place {
    return { sampler: this.#parts.sampler.state(), crops: this.#parts.cropper.state() };
  }

  #goTo(place: Place): void {
    this.#parts.sampler.restore(place.sampler);
    this.#parts.cropper.restore(place.crops);
  }

  #checked(state: unknown): FeedState {
    const given = state as FeedState;
    const { index, source, name } = this.#parts;
    const classes = index.labels.length;
    const fits =
      given?.records === source.info.count &&
      Number.isInteger(given.seed) &&
      given.crops?.length === 4 &&
      given.sampler?.partners?.length === 4 &&
      given.sampler.order.position <= given.records &&
      [given.used?.primary, given.used?.same, given.used?.different].every((counts) => counts?.length === classes);
    if (fits) return given;
    const had = given?.records === undefined ? 'no such place' : `a place in ${given.records} records`;
    throw new SiameseError(
      'data',
      `data layer "${name}": cannot go on in ${source.info.name}: the snapshot has ${had}`,
      {
        help: `the data set has ${source.info.count} records of ${classes} labels now; resume with the one trained on`,
      },
    );
  }
}

function chunkOf(order: Int32Array, crops: Crops | undefined): FeedChunk {
  return crops ? { order, crops } : { order };
}
