/** What the protocols of `siamese test` give without any training: the figures that its own are to be held against. */
import type { RecordSource } from '../data/index.js';
import type { Encoder } from '../match/encoder.js';
import {
  evaluateAfresh,
  evaluatePixelRows,
  evaluatePixels,
  type FreshEvaluation,
  untrainedWeights,
} from '../match/index.js';
import type { Measured } from '../match/measured.js';
import type { Call } from './call.js';
import { moreMetrics, wantsMore } from './test-metrics.js';

/** Seed of the untrained net: any would do, but the same figure each time is easier to compare. */
export const UNTRAINED_SEED = 1;

/** Accuracies by nearest centroid. */
export interface Baselines {
  untrained: number;
  pixels: number;
}

/** Multiplications, and floats, that pixels in place of encodings may cost: some minutes, and 2 GB. */
const MOST_WORK = 1e12;
const MOST_FLOATS = 2 ** 29;

/** Adds the baselines to the figures in `measured`. Takes the encoder's weights away. */
export async function measureBaselines(
  call: Call,
  encoder: Encoder,
  { train, test }: { train: RecordSource; test: RecordSource },
  measured: readonly Measured[],
  names: ReadonlyMap<number, string>,
): Promise<Baselines> {
  const { terminal, flags } = call;
  terminal.talk('measuring an untrained net and raw pixels, to compare');
  const add = async (set: FreshEvaluation, key: keyof Baselines): Promise<void> => {
    const more = await moreMetrics(call, { ...set, train: () => set.train }, names);
    const values = new Map(more.map(({ name, value }) => [name, value]));
    for (const one of measured) one.baselines = { ...one.baselines, [key]: values.get(one.name) };
  };
  encoder.setWeights(untrainedWeights(encoder.tower, encoder.recordShape, UNTRAINED_SEED));
  const untrained = await evaluateAfresh(encoder, train, test, { tta: flags.tta });
  if (wantsMore(call)) await add(untrained, 'untrained');
  if (!wantsMore(call)) {
    return { untrained: untrained.accuracy, pixels: (await evaluatePixels(train, test)).accuracy };
  }
  const size = train.info.channels * train.info.height * train.info.width;
  const pairs = test.info.count * (train.info.count + 3 * test.info.count);
  if (
    (flags.metrics === 'all' ? pairs * size : 0) > MOST_WORK ||
    (train.info.count + test.info.count) * size > MOST_FLOATS
  ) {
    terminal.talk(`raw pixels: for the accuracy alone, ${size} numbers an image are too many for the other figures`);
    return { untrained: untrained.accuracy, pixels: (await evaluatePixels(train, test)).accuracy };
  }
  const pixels = await evaluatePixelRows(train, test);
  await add(pixels, 'pixels');
  return { untrained: untrained.accuracy, pixels: pixels.accuracy };
}
