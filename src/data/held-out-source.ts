/** A data set without some of its classes, which are kept to measure what a net makes of classes that it never saw. */
import type { RecordSet } from '../engine/native.js';
import { nearest, SiameseError } from '../errors.js';
import { pickRecords } from './memory-source.js';
import type { RecordSource, RecordSourceInfo } from './record-source.js';

/**
 * The records of `source` whose class is not held out, in the same order and with the same labels. `heldOut`: names of
 * classes, labels, or groups of classes (`Korean` for all of `Korean/...`). Throws where one of them is not there, or none is
 * left.
 */
export async function withoutClasses(source: RecordSource, heldOut: readonly string[]): Promise<RecordSource> {
  const { classNames, name } = source.info;
  const labels = await source.labels();
  const found = new Set<string>();
  const isOut = new Map<number, boolean>();
  for (const label of new Set(labels)) {
    const names = namesOf(label, classNames);
    const matching = heldOut.filter((wanted) => names.includes(wanted));
    for (const wanted of matching) found.add(wanted);
    isOut.set(label, matching.length > 0);
  }
  const unknown = heldOut.find((wanted) => !found.has(wanted));
  if (unknown !== undefined) {
    const known = [...isOut.keys()].flatMap((label) => namesOf(label, classNames));
    const near = nearest(unknown, known);
    throw new SiameseError('data', `${name} has no class or group "${unknown}" to hold out`, {
      help: near === undefined ? 'a class by its name or label, or a group of classes' : `did you mean "${near}"?`,
    });
  }
  const kept = Int32Array.from(labels.keys()).filter((record) => !isOut.get(labels[record]!));
  if (kept.length === 0) throw new SiameseError('data', `${name}: all classes are held out`);
  return new KeptRecords(source, kept);
}

/** `Greek/alpha`, its label and `Greek`. */
function namesOf(label: number, classNames: readonly string[] | undefined): string[] {
  const parts = classNames?.[label]?.split('/') ?? [];
  const outer = parts.map((_, i) => parts.slice(0, i + 1).join('/'));
  return [String(label), ...outer];
}

class KeptRecords implements RecordSource {
  readonly info: RecordSourceInfo;

  constructor(
    private readonly source: RecordSource,
    private readonly kept: Int32Array,
  ) {
    this.info = { ...source.info, count: kept.length };
  }

  async labels(): Promise<Float32Array> {
    const labels = await this.source.labels();
    return Float32Array.from(this.kept, (record) => labels[record]!);
  }

  async all(): Promise<RecordSet> {
    return pickRecords(await this.source.all(), this.kept);
  }

  read(order: Int32Array): Promise<RecordSet> {
    return this.source.read(order.map((record) => this.kept[record]!));
  }

  readWindows(order: Int32Array, places: Float64Array | undefined): Promise<RecordSet> {
    return this.source.readWindows!(
      order.map((record) => this.kept[record]!),
      places,
    );
  }

  key(record: number): Promise<string> {
    return this.source.key(this.kept[record]!);
  }

  close(): Promise<void> {
    return this.source.close();
  }
}
