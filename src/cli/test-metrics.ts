/** What `siamese test` measures beyond accuracy by nearest centroid: neighbours, pairs, retrieval, clusters, open set, episodes. */
import type { ClassCentroid } from '../match/centroids.js';
import { measureClusters } from '../match/clustering.js';
import type { Encoded } from '../match/encode-source.js';
import { measureEpisodes } from '../match/episodes.js';
import type { Measured } from '../match/measured.js';
import { measureOpenSet } from '../match/open-set.js';
import { measurePairs } from '../match/pairs.js';
import { measureRetrieval, neighbourAccuracy } from '../match/retrieval.js';
import { type Call, usageError } from './call.js';

const NEIGHBOURS = 5;

/** Encodings to measure: of the trained net, of an untrained one, or pixels in place of them. */
export interface TestSet {
  dimension: number;
  test: Encoded;
  train: () => Encoded | Promise<Encoded>;
  /** The classes of training, with their means. */
  classes: readonly Pick<ClassCentroid, 'label' | 'name' | 'mean'>[];
}

/** Whether the flags ask for more than the accuracy. */
export function wantsMore({ flags }: Call): boolean {
  return flags.metrics === 'all' || flags.episodes !== undefined || (flags['hold-out'] ?? []).length > 0;
}

/** `names`: of the test classes, by label. */
export async function moreMetrics(
  { flags }: Call,
  set: TestSet,
  names: ReadonlyMap<number, string>,
): Promise<Measured[]> {
  const { dimension, classes } = set;
  const { encodings, labels } = set.test;
  const out: Measured[] = [];
  if (flags.metrics === 'all') {
    const ints = Int32Array.from(labels);
    out.push(
      neighbourAccuracy(await set.train(), set.test, dimension, NEIGHBOURS),
      ...(measurePairs(encodings, ints, dimension)?.measured ?? []),
      ...measureRetrieval(encodings, ints, dimension),
      ...measureClusters(encodings, ints, dimension),
    );
  }
  const heldOut = new Set(flags['hold-out'] ?? []);
  const known = classes.filter(({ name, label }) => !heldOut.has(name) && !heldOut.has(String(label)));
  if (heldOut.size > 0 && (known.length === 0 || known.length + heldOut.size < classes.length)) {
    throw usageError('--hold-out must leave a class, and name each once');
  }
  if (heldOut.size > 0 || flags.metrics === 'all') {
    const openSet = measureOpenSet(encodings, labels, dimension, known);
    if (openSet) out.push(openSet.auroc, openSet.oneShot);
    else if (heldOut.size > 0) throw usageError('the test records hold no image of the classes of --hold-out');
  }
  if (flags.episodes !== undefined) {
    const groupOf = (label: number) => (names.get(label) ?? '').replace(/[^/]*$/, '');
    const { ways, shots, across, episodes } = flags;
    const options = { episodes, ways, shots, ...(!across && { groupOf }) };
    const measured = measureEpisodes(encodings, labels, dimension, options);
    if (!measured)
      throw usageError(`the test records have no ${ways} classes in one group with more than ${shots} images each`);
    out.push(measured);
  }
  return out;
}

/** A table: figure, interval, the same without training, protocol. */
export function reportMetrics({ terminal }: Call, measured: readonly Measured[]): void {
  if (measured.length === 0) return;
  const wide = Math.max(...measured.map(({ name }) => name.length));
  const beside = measured.some(({ baselines }) => baselines);
  terminal.out('');
  if (beside) terminal.out(`${' '.repeat(wide + 29)}untrained    pixels`);
  for (const { name, value, interval, protocol, baselines } of measured) {
    const range = interval ? `(${(100 * interval.low).toFixed(2)} to ${(100 * interval.high).toFixed(2)})` : '';
    const others = `${percent(baselines?.untrained)}  ${percent(baselines?.pixels)}  `;
    const columns = [name.padEnd(wide), percent(value), range.padEnd(17), `${beside ? others : ''}${protocol}`];
    terminal.out(columns.join('  '));
  }
  terminal.out('intervals of 95 %; equally near counts as wrong');
}

function percent(share: number | undefined): string {
  return (share === undefined ? '-' : `${(100 * share).toFixed(2)} %`).padStart(8);
}
