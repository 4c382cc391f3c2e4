/** All feeds of one net as one: the next chunk's records, and the way back when a run ends before its chunk does. */
import type { Feed, LabelStatistics } from '../data/feed.js';
import type { FeedChunk } from '../engine/native.js';

/** Records for some passes, one chunk per feed. */
export interface Prepared {
  passes: number;
  chunks: FeedChunk[];
}

export class Supply {
  constructor(
    private readonly names: readonly string[],
    private readonly feeds: readonly Feed[],
  ) {}

  /** The next passes' records. Where a feed has none to give, all of them stand where they stood. */
  async prepare(passes: number): Promise<Prepared> {
    const coming = await Promise.allSettled(this.feeds.map((feed) => feed.next(passes)));
    const failed = coming.find((feed) => feed.status === 'rejected');
    if (!failed) return { passes, chunks: coming.flatMap((feed) => (feed.status === 'fulfilled' ? feed.value : [])) };
    coming.forEach((given, i) => {
      if (given.status === 'fulfilled') this.feeds[i]!.restore(this.feeds[i]!.state(given.value, 0));
    });
    throw failed.reason;
  }

  /** Counts the first passes of a chunk as used. */
  used(prepared: Prepared, passes = prepared.passes): void {
    this.feeds.forEach((feed, i) => {
      feed.used(prepared.chunks[i]!, passes);
    });
  }

  /** The feeds stand again where they stood after `passes` passes of the chunk. */
  rewind(prepared: Prepared, passes: number): void {
    this.feeds.forEach((feed, i) => {
      feed.restore(feed.state(prepared.chunks[i]!, passes));
    });
  }

  statistics(): Record<string, LabelStatistics> {
    return Object.fromEntries(this.names.map((name, i) => [name, this.feeds[i]!.statistics()]));
  }

  /** By layer; as of before `ahead`, a chunk handed out but not run. */
  state(ahead?: Prepared): Record<string, unknown> {
    return Object.fromEntries(
      this.names.map((name, i) => [name, ahead ? this.feeds[i]!.state(ahead.chunks[i]!, 0) : this.feeds[i]!.state()]),
    );
  }

  restore(states: Record<string, unknown>): void {
    this.names.forEach((name, i) => {
      if (states[name] !== undefined) this.feeds[i]!.restore(states[name]);
    });
  }
}
