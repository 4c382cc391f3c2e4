/** Draws the windows of R-CNN's batches: background first, then foreground, each at random, mirrored by a coin. */
import { Random } from './random.js';
import type { RecordSampler, SamplerState } from './sampler.js';

export interface WindowSamplerOptions {
  foreground: number;
  background: number;
  batchSize: number;
  fgFraction: number;
  mirror: boolean;
}

export class WindowSampler implements RecordSampler {
  readonly positions = 0;
  #random: Random;

  constructor(
    private readonly options: WindowSamplerOptions,
    random: Random,
  ) {
    this.#random = random;
  }

  /** Records as WindowSource numbers them, whole batches. */
  fill(out: Int32Array): void {
    const { foreground, background, batchSize, fgFraction, mirror } = this.options;
    const behind = batchSize - Math.floor(batchSize * fgFraction);
    for (let i = 0; i < out.length; i++) {
      const isBackground = i % batchSize < behind;
      const window = isBackground ? foreground + this.#random.below(background) : this.#random.below(foreground);
      out[i] = 2 * window + (mirror ? this.#random.below(2) : 0);
    }
  }

  state(): SamplerState {
    return { order: { epoch: 0, position: 0 }, same: true, partners: this.#random.state() };
  }

  restore({ partners }: SamplerState): void {
    this.#random = new Random(partners);
  }
}
