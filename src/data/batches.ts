/** Joins batches that were brought one by one into the chunk that the engine runs. */
import type { FeedChunk, RecordSet } from '../engine/native.js';

/** The batches one after another; one alone is handed on as it is. Rejects with the first error in their order. */
export async function joinBatches(coming: readonly Promise<FeedChunk>[]): Promise<FeedChunk> {
  const batches: FeedChunk[] = [];
  for (const batch of coming) batches.push(await batch);
  if (batches.length === 1) return batches[0]!;
  const sets = batches.map(({ records }) => records!);
  const first = batches[0]!;
  const order = new Int32Array(total(batches.map((batch) => batch.order)));
  let [at, records] = [0, 0];
  for (const [i, batch] of batches.entries()) {
    for (const record of batch.order) order[at++] = record + records;
    records += sets[i]!.count;
  }
  return {
    order,
    records: joinSets(sets),
    ...(first.crops && {
      crops: joined(
        Int32Array,
        batches.map(({ crops }) => crops!),
      ),
    }),
    ...(first.warps && {
      warps: joined(
        Float32Array,
        batches.map(({ warps }) => warps!),
      ),
    }),
    ...(first.labelShifts && {
      labelShifts: joined(
        Float32Array,
        batches.map(({ labelShifts }) => labelShifts!),
      ),
    }),
  };
}

/** A batch with records of floats, among others of bytes, makes all of them floats. */
function joinSets(sets: readonly RecordSet[]): RecordSet {
  const { channels, height, width } = sets[0]!;
  const count = sets.reduce((sum, set) => sum + set.count, 0);
  const labels = joined(
    Float32Array,
    sets.map((set) => set.labels),
  );
  const values = sets.map(({ bytes, floats }) => floats ?? bytes!);
  const shape = { labels, count, channels, height, width };
  if (sets.some(({ floats }) => floats)) return { ...shape, floats: joined(Float32Array, values) };
  return { ...shape, bytes: joined(Uint8Array, values) };
}

type Numbers = Int32Array | Float32Array | Uint8Array;

function joined<T extends Numbers>(Type: new (length: number) => T, parts: readonly ArrayLike<number>[]): T {
  const out = new Type(total(parts));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function total(parts: readonly ArrayLike<number>[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
