/** What `siamese test` measures beyond accuracy by nearest centroid: pairs, retrieval, neighbours, open set, episodes. */
import type { RecordSource } from '../data/index.js';
import type { ClassCentroid } from '../match/centroids.js';
import { encodeSource } from '../match/encode-source.js';
import type { Encoder } from '../match/encoder.js';
import { measureEpisodes } from '../match/episodes.js';
import type { Evaluation } from '../match/evaluate.js';
import type { Measured } from '../match/measured.js';
import { measureOpenSet } from '../match/open-set.js';
import { measurePairs } from '../match/pairs.js';
import { measureRetrieval, neighbourAccuracy } from '../match/retrieval.js';
import { type Call, usageError } from './call.js';

const NEIGHBOURS = 5;

export async function moreMetrics(
  { flags }: Call,
  { encodings, labels, perClass }: Evaluation,
  encoder: Encoder,
  train: RecordSource,
  classes: readonly ClassCentroid[],
): Promise<Measured[]> {
  const { dimension } = encoder;
  const out: Measured[] = [];
  if (flags.metrics === 'all') {
    const ints = Int32Array.from(labels);
    out.push(neighbourAccuracy(await encodeSource(encoder, train), { encodings, labels }, dimension, NEIGHBOURS));
    out.push(
      ...(measurePairs(encodings, ints, dimension)?.measured ?? []),
      ...measureRetrieval(encodings, ints, dimension),
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
    const nameOf = new Map(perClass.map(({ label, name }) => [label, name]));
    const groupOf = (label: number) => (nameOf.get(label) ?? '').replace(/[^/]*$/, '');
    const { ways, shots, across, episodes } = flags;
    const measured = measureEpisodes(encodings, labels, dimension, {
      episodes,
      ways,
      shots,
      ...(!across && { groupOf }),
    });
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
    const others = baselines ? `${percent(baselines.untrained)}  ${percent(baselines.pixels)}  ` : ' '.repeat(20);
    const columns = [name.padEnd(wide), percent(value), range.padEnd(17), `${beside ? others : ''}${protocol}`];
    terminal.out(columns.join('  '));
  }
  terminal.out('intervals of 95 %; equally near counts as wrong');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`.padStart(8);
}
