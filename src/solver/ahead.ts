/** The records of the next chunk of iterations, fetched while the engine computes the present one. */
import type { Prepared } from './supply.js';

/** Where they come from. */
interface Supply {
  prepare(passes: number): Promise<Prepared>;
  rewind(prepared: Prepared, passes: number): void;
}

export class Ahead {
  private fetched: Promise<Prepared> | undefined;

  constructor(private readonly supply: Supply) {}

  fetch(passes: number): void {
    this.fetched = this.supply.prepare(passes);
    // Whoever awaits it gets the error; until then it is not an unhandled one.
    this.fetched.catch(() => undefined);
  }

  /** The chunk that was fetched, or one of so many passes, fetched now. */
  async take(passes: () => number): Promise<Prepared> {
    this.fetched ??= this.supply.prepare(passes());
    try {
      return await this.fetched;
    } finally {
      this.fetched = undefined;
    }
  }

  /** What is being fetched, or lies ready; nothing where that fails, which take() tells. */
  async settled(): Promise<Prepared | undefined> {
    return this.fetched?.catch(() => undefined);
  }

  /** The feeds go back to where they stood before what was fetched. */
  async forget(): Promise<void> {
    const next = await this.settled();
    this.fetched = undefined;
    if (next) this.supply.rewind(next, 0);
  }

  /** The feeds go back to where they stood after `passes` of a chunk that was not finished. */
  async drop(prepared: Prepared, passes: number): Promise<void> {
    await this.settled();
    this.fetched = undefined;
    this.supply.rewind(prepared, passes);
  }
}
