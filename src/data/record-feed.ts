/** The feed itself: draws items, brings their records ahead where the source is streamed, keeps its place. */
import type { FeedChunk, RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { joinBatches } from './batches.js';
import type { Cropper } from './cropper.js';
import type { Feed, LabelStatistics } from './feed.js';
import { LabelCounts, type LabelCountsState } from './label-counts.js';
import type { LabelIndex } from './label-index.js';
import type { RandomState } from './random.js';
import type { RecordSource } from './record-source.js';
import type { RecordSampler, SamplerState } from './sampler.js';
import type { ClassViews } from './turned-classes.js';
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
  /** The sampler's records are then those of the source in the first view, then all of them in the second, and so on. */
  views?: ClassViews | undefined;
  imagesPerItem: number;
  itemsPerPass: number;
  seed: number;
  /** Caffe's prefetch: batches that are brought beyond those asked for. */
  batchesAhead: number;
  onRestart?: ((layer: string) => void) | undefined;
  /** Says of an error of the source whose it is. */
  explain: (error: unknown) => unknown;
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

/** Some passes on their way, and the place after them. */
interface Ahead {
  after: Place;
  chunk: Promise<FeedChunk>;
}

/** Batches that are brought ahead may take so much memory, one of them at least. */
const MOST_AHEAD = 2 ** 28;

export class RecordFeed implements Feed {
  readonly recordsPerPass: number;
  readonly #parts: RecordFeedParts;
  readonly #counts: LabelCounts;
  /** The place before each chunk that was handed out, and how many passes it is of. */
  readonly #handedOut = new WeakMap<FeedChunk, { before: Place; passes: number }>();
  #seed: number;
  #place: Place;
  /** Batches of one pass each, begun and not handed out yet, in their order. */
  #ahead: Ahead[] = [];
  /** Batches are read one after another. */
  #turn: Promise<unknown> = Promise.resolve();

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
    const { after, chunk: coming } = this.resident ? this.#fetch(before, passes) : this.#take(passes);
    this.#place = after;
    if (!this.resident) this.#bringAhead(this.#depth());
    const chunk = await coming.catch((error) => {
      // What could not be brought was not given out: a snapshot is of the place before it.
      this.#place = before;
      this.#ahead = [];
      throw this.#parts.explain(error);
    });
    this.#handedOut.set(chunk, { before, passes });
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
    this.#ahead = [];
  }

  statistics(): LabelStatistics {
    return this.#counts.statistics();
  }

  /** Lets go of the records; the source belongs to whoever opened it. */
  async close(): Promise<void> {
    const ahead = this.#ahead.splice(0);
    for (const { chunk } of ahead) await chunk.catch(() => undefined);
  }

  /** The next passes of a streamed source. */
  #take(passes: number): Ahead {
    this.#bringAhead(passes);
    const taken = this.#ahead.splice(0, passes);
    return { after: taken.at(-1)!.after, chunk: joinBatches(taken.map(({ chunk }) => chunk)) };
  }

  #bringAhead(batches: number): void {
    while (this.#ahead.length < batches) {
      const ahead = this.#fetch(this.#ahead.at(-1)?.after ?? this.#place, 1);
      ahead.chunk.catch(() => undefined); // whoever asks for the chunk gets the error
      this.#ahead.push(ahead);
    }
  }

  #depth(): number {
    const { source, batchesAhead } = this.#parts;
    const { channels, height, width, kind } = source.info;
    const bytes = this.recordsPerPass * channels * height * width * (kind === 'hdf5' || kind === 'windows' ? 4 : 1);
    return Math.max(1, Math.min(batchesAhead, Math.floor(MOST_AHEAD / bytes)));
  }

  /** Begins to bring the passes from a place on. */
  #fetch(from: Place, passes: number): Ahead {
    this.#goTo(from);
    const { order, views, places } = this.#draw(passes);
    const after = this.#currentPlace();
    const { sampler, source } = this.#parts;
    const rounds = sampler.positions === source.info.count ? after.sampler.order.epoch - from.sampler.order.epoch : 0;
    for (let i = 0; i < rounds; i++) {
      this.#parts.onRestart?.(this.#parts.name);
    }
    return { after, chunk: this.resident ? Promise.resolve({ order, ...views }) : this.#bring(order, views, places) };
  }

  async #bring(order: Int32Array, views: Views, places: Float64Array | undefined): Promise<FeedChunk> {
    // Reading may block this thread, so whoever was given the last chunk goes first and starts the engine, and after each
    // batch others have their turn. Decoding in other threads goes on beside the next batch's reading.
    const turn = this.#turn.then(() => new Promise(setImmediate));
    this.#turn = turn;
    await turn;
    const { source } = this.#parts;
    if (source.info.ownSizes) return { ...(await this.#readWindows(order, places)), ...views };
    // Each record once, in key order, which is the order on the disk.
    const wanted = [...new Set(order)].sort((a, b) => a - b);
    const place = new Map(wanted.map((record, i) => [record, i]));
    const records = await source.read(Int32Array.from(wanted));
    return { order: Int32Array.from(order, (record) => place.get(record)!), ...views, records };
  }

  /** Each image's own window, in key order too. */
  async #readWindows(order: Int32Array, places: Float64Array | undefined): Promise<FeedChunk> {
    const byKey = Int32Array.from(order.keys()).sort((a, b) => order[a]! - order[b]! || a - b);
    const sorted =
      places && Float64Array.from({ length: places.length }, (_, i) => places[2 * byKey[i >> 1]! + (i & 1)]!);
    const records = await this.#parts.source.readWindows!(
      byKey.map((i) => order[i]!),
      sorted,
    );
    const where = new Int32Array(order.length);
    byKey.forEach((i, at) => {
      where[i] = at;
    });
    return { order: where, records };
  }

  #draw(passes: number): { order: Int32Array; views: Views; places?: Float64Array | undefined } {
    const { sampler, cropper, warper, views, source } = this.#parts;
    const order = new Int32Array(passes * this.recordsPerPass);
    sampler.fill(order);
    const places = cropper.drawPlaces(order.length);
    const crops = cropper.draw(order.length);
    if (!warper) return { order, views: crops ? { crops } : {}, places };
    if (!views) return { order, views: { warps: warper.draw(order.length, crops, undefined) }, places };
    const { count } = source.info;
    const seen = order.map((record) => Math.floor(record / count));
    const labelShifts = Float32Array.from(seen, (view) => view * views.labelStep);
    const turns = seen.map((view) => views.turns[view]!);
    const warps = warper.draw(order.length, crops, turns);
    return { order: order.map((record) => record % count), views: { warps, labelShifts }, places };
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
