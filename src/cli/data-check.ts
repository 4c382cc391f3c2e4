/** siamese data check: reads every record of a data set, counts labels, and names what is broken. */
import { openSource } from '../data/index.js';
import type { RecordSource } from '../data/record-source.js';
import { EXIT_CODES, SiameseError } from '../errors.js';
import { type Call, usageError } from './call.js';
import { sizeOf } from './image-size.js';
import { Progress } from './progress.js';

const CHUNK = 1000;
/** Broken records named in full; the others are counted. */
const NAMED = 20;

interface Fault {
  record: number;
  key: string;
  message: string;
}

export async function checkData({ terminal, flags }: Call, [name, ...more]: readonly string[]): Promise<number> {
  if (name === undefined || more.length > 0)
    throw usageError('data check takes one data set', 'siamese data check SOURCE');
  const source = await openSource(name, undefined, { size: sizeOf(flags.size) });
  try {
    const { info } = source;
    const progress = terminal.watched ? new Progress(terminal, 'records', info.count) : undefined;
    const { faults, labels } = await readAll(source, (done) => progress?.update(done)).finally(() =>
      progress?.finish(),
    );
    const notes = [...(info.notes ?? []), ...oddities(labels, info.classNames)];
    const { kind, count, channels, height, width } = info;
    if (terminal.json) {
      const counts = [...labels].map(([label, records]) => ({ label, records, name: info.classNames?.[label] }));
      terminal.outJson('siamese.data.check/1', {
        name,
        kind,
        count,
        channels,
        height,
        width,
        labels: counts,
        notes,
        faults,
      });
    } else {
      terminal.out(`${name}: ${kind}, ${count} records of ${channels}x${height}x${width}, ${labels.size} labels`);
      for (const [label, records] of labels) {
        terminal.out(
          `${String(label).padStart(7)}${String(records).padStart(9)}  ${info.classNames?.[label] ?? ''}`.trimEnd(),
        );
      }
      for (const note of notes) terminal.out(`note: ${note}`);
      for (const { message } of faults.slice(0, NAMED)) terminal.complain(`error: ${message}`);
      if (faults.length > NAMED) terminal.complain(`error: and ${faults.length - NAMED} more broken records`);
    }
    if (faults.length === 0) return 0;
    terminal.complain(`${faults.length} of ${count} records are broken`);
    return EXIT_CODES.data;
  } finally {
    await source.close();
  }
}

/** Reads in chunks; a chunk that fails is read again record by record, to name the broken ones. */
async function readAll(source: RecordSource, progress: (done: number) => void) {
  const { count } = source.info;
  const faults: Fault[] = [];
  const labels = new Map<number, number>();
  const read = async (from: number, to: number): Promise<void> => {
    const order = Int32Array.from({ length: to - from }, (_, i) => from + i);
    try {
      const records = await source.read(order);
      for (const label of records.labels) labels.set(label, (labels.get(label) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof SiameseError)) throw error;
      if (to - from > 1) for (let i = from; i < to; i++) await read(i, i + 1);
      else faults.push({ record: from, key: await source.key(from).catch(() => String(from)), message: error.message });
    }
  };
  for (let from = 0; from < count; from += CHUNK) {
    await read(from, Math.min(count, from + CHUNK));
    progress(Math.min(count, from + CHUNK));
  }
  return { faults, labels: new Map([...labels].sort(([a], [b]) => a - b)) };
}

/** What makes pairs hard to draw. */
function oddities(labels: ReadonlyMap<number, number>, names: readonly string[] | undefined): string[] {
  const called = (label: number) => names?.[label] ?? String(label);
  const single = [...labels].filter(([, records]) => records === 1).map(([label]) => called(label));
  const counts = [...labels.values()];
  const notes: string[] = [];
  if (labels.size === 1) notes.push('all records have one label: there are no pairs of different classes');
  if (single.length > 0) {
    const shown = single.slice(0, 10).join(', ') + (single.length > 10 ? ', ...' : '');
    notes.push(`${single.length} labels have one record only, so no pair of the same class: ${shown}`);
  }
  if (labels.size > 1 && Math.max(...counts) > 10 * Math.min(...counts)) {
    notes.push(`the largest class has ${Math.max(...counts)} records, the smallest ${Math.min(...counts)}`);
  }
  return notes;
}
