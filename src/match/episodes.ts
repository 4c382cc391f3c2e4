/** N-way K-shot episodes: how well few examples of classes never trained on tell new images of them apart. */
import { Random } from '../data/random.js';
import { ofMean } from './intervals.js';
import type { Measured } from './measured.js';

export interface EpisodeOptions {
  episodes: number;
  ways: number;
  shots: number;
  /** Group of each class by its label, to draw the classes of an episode from one group (an alphabet); else from all. */
  groupOf?: ((label: number) => string) | undefined;
  seed?: number | undefined;
}

const STREAM = 0xe915;

/**
 * Each episode draws `ways` classes, of each `shots` examples and one other image to recognise, by the nearest mean of the
 * examples; equally near is wrong (Vinyals et al., 2016, by the classifier of Snell et al., 2017). Undefined where no group has
 * classes enough with `shots` + 1 images.
 */
export function measureEpisodes(
  encodings: Float32Array,
  labels: ArrayLike<number>,
  dimension: number,
  { episodes, ways, shots, groupOf, seed = 1 }: EpisodeOptions,
): Measured | undefined {
  const members = new Map<number, number[]>();
  for (let row = 0; row < labels.length; row++) {
    const rows = members.get(labels[row]!);
    if (rows) rows.push(row);
    else members.set(labels[row]!, [row]);
  }
  const groups = new Map<string, number[][]>();
  for (const [label, rows] of members) {
    if (rows.length <= shots) continue;
    const group = groupOf?.(label) ?? '';
    groups.set(group, [...(groups.get(group) ?? []), rows]);
  }
  const usable = [...groups.values()].filter((classes) => classes.length >= ways);
  if (usable.length === 0) return undefined;
  const accuracies = Float64Array.from({ length: episodes }, (_, episode) => {
    const random = Random.seeded(seed, STREAM, episode);
    const classes = draw(usable[random.below(usable.length)]!, ways, random);
    const drawn = classes.map((rows) => draw(rows, shots + 1, random));
    const means = drawn.map(([, ...examples]) => meanOf(encodings, examples, dimension));
    const right = drawn.filter(([query], truth) => {
      const distances = means.map((mean) => squaredDistance(encodings, query! * dimension, mean));
      return distances.every((distance, i) => i === truth || distance > distances[truth]!);
    });
    return right.length / ways;
  });
  const { mean, interval } = ofMean(accuracies);
  const where = groupOf ? `classes of one group, ${usable.length} groups` : 'classes of all groups';
  const protocol = `${episodes} episodes, ${where}, one query a class, nearest mean; normal, over episodes`;
  return { name: `${ways}-way ${shots}-shot`, value: mean, interval, protocol };
}

/** Some of the items, each at most once. */
function draw<T>(items: readonly T[], count: number, random: Random): T[] {
  const left = [...items];
  return Array.from({ length: count }, () => {
    const at = random.below(left.length);
    const item = left[at]!;
    left[at] = left[left.length - 1]!;
    left.pop();
    return item;
  });
}

function meanOf(encodings: Float32Array, rows: readonly number[], dimension: number): Float64Array {
  return Float64Array.from({ length: dimension }, (_, d) => {
    return rows.reduce((sum, row) => sum + encodings[row * dimension + d]!, 0) / rows.length;
  });
}

function squaredDistance(encodings: Float32Array, from: number, mean: Float64Array): number {
  let sum = 0;
  for (let d = 0; d < mean.length; d++) sum += (encodings[from + d]! - mean[d]!) ** 2;
  return sum;
}
