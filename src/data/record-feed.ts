/** The feed itself: draws items, brings their records where the source is streamed, keeps its place. */
import type { FeedChunk, RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import type { Cropper } from './cropper.js';
import type { Feed, LabelStatistics } from './feed.js';
import { LabelCounts, type LabelCountsState } from './label-counts.js';
import type { LabelIndex } from './label-index.js';
import type { RandomState } from './random.js';
import type { RecordSource } from './record-source.js';
import type { RecordSampler, SamplerState } from './sampler.js';
import type { Warper } from './warper.js';

export interface RecordFeedParts {
  name: string;
  source: RecordSource;
  /** All records, or undefined to stream them. */
  resident: RecordSet | undefined;
  mean: Float32Array | undefined;
  index: LabelIndex;
  sampler: RecordSampler;
  cropper: Cropper;
  warper?: Warper | undefined;
  /**
   * Where classes are rotated: what a quarter turn adds to a label. The sampler's records are then those of the source,
   * then all of them turned by a quarter, and so on.
   */
  rotated?: number | undefined;
  imagesPerItem: number;
  itemsPerPass: number;
  seed: number;
  onRestart?: ((layer: string) => void) | undefined;
}

/** What the next draw depends on. */
interface Place {
  sampler: SamplerState;
  crops: RandomState;
  warps?: RandomState | undefined;
}

/** What a chunk says of its images beside the records. */
type Views = Pick<FeedChunk, 'crops' | 'warps' | 'labelShifts'>;

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
    const { sampler, crops, warps, seed, used } = this.#checked(state);
    this.#seed = seed;
    this.#counts.restore(used);
    this.#place = { sampler, crops, warps: warps ?? this.#parts.warper?.state() };
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
    const { order, views } = this.#draw(passes);
    const after = this.#currentPlace();
    const { sampler, source } = this.#parts;
    const rounds =
      sampler.positions === source.info.count ? after.sampler.order.epoch - this.#place.sampler.order.epoch : 0;
    for (let i = 0; i < rounds; i++) {
      this.#parts.onRestart?.(this.#parts.name);
    }
    return { passes, after, chunk: this.resident ? Promise.resolve({ order, ...views }) : this.#bring(order, views) };
  }

  /** The next chunk is most likely as long as the last one; its records are read while the engine computes. */
  #fetchAhead(passes: number): void {
    const ahead = this.#fetch(passes);
    ahead.chunk.catch(() => undefined); // whoever asks for the chunk gets the error
    this.#ahead = ahead;
  }

  async #bring(order: Int32Array, views: Views): Promise<FeedChunk> {
    // Reading may block this thread, so whoever was given the last chunk goes first and starts the engine.
    await new Promise(setImmediate);
    // Each record once, in key order, which is the order on the disk.
    const wanted = [...new Set(order)].sort((a, b) => a - b);
    const place = new Map(wanted.map((record, i) => [record, i]));
    const records = await this.#parts.source.read(Int32Array.from(wanted));
    return { order: Int32Array.from(order, (record) => place.get(record)!), ...views, records };
  }

  #draw(passes: number): { order: Int32Array; views: Views } {
    const { sampler, cropper, warper, rotated, source } = this.#parts;
    const order = new Int32Array(passes * this.recordsPerPass);
    sampler.fill(order);
    const crops = cropper.draw(order.length);
    if (!warper) return { order, views: crops ? { crops } : {} };
    if (rotated === undefined) return { order, views: { warps: warper.draw(order.length, crops, undefined) } };
    const { count } = source.info;
    const turns = order.map((record) => Math.floor(record / count));
    const labelShifts = Float32Array.from(turns, (turn) => turn * rotated);
    const views = { warps: warper.draw(order.length, crops, turns), labelShifts };
    return { order: order.map((record) => record % count), views };
  }

  #currentPlace(): Place {
    const { sampler, cropper, warper } = this.#parts;
    return { sampler: sampler.state(), crops: cropper.state(), ...(warper && { warps: warper.state() }) };
  }

  #goTo(place: Place): void {
    this.#parts.sampler.restore(place.sampler);
    this.#parts.cropper.restore(place.crops);
    if (place.warps) this.#parts.warper?.restore(place.warps);
  }

  #checked(state: unknown): FeedState {
    const given = state as FeedState;
    const { index, source, name, sampler } = this.#parts;
    const classes = index.labels.length;
    const fits =
      given?.records === source.info.count &&
      Number.isInteger(given.seed) &&
      given.crops?.length === 4 &&
      given.sampler?.partners?.length === 4 &&
      given.sampler.order.position <= sampler.positions &&
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
