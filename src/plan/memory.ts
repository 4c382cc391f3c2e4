/** The memory plan: when each storage is in use, and where it goes so that no two in use at once overlap. */
import type { Laid, Slot } from './operation.js';
import { alignUp, type Storage, type View } from './view.js';

/** Computes the life of every storage from the schedule, and the storages in order of first use. */
export function lifetimes(laid: Laid, forward: readonly number[], backward: readonly number[]): Storage[] {
  const storages = new Set<Storage>();
  const use = (view: View | undefined, step: number) => {
    if (!view) return;
    const { storage } = view;
    storages.add(storage);
    storage.start = Math.min(storage.start, step);
    storage.end = Math.max(storage.end, step);
  };
  let step = 0;
  for (const o of forward) {
    const { bottoms, tops } = laid.operations[o]!;
    for (const { data } of [...bottoms, ...tops]) use(data, step);
    step++;
  }
  for (const o of backward) {
    const { bottoms, tops, backwardReads } = laid.operations[o]!;
    for (const { diff } of [...bottoms, ...tops]) use(diff, step);
    for (const data of backwardReads) use(data, step);
    step++;
  }
  for (const { data, diff } of laid.blobs.flatMap((slot) => slot ?? [])) {
    // What no layer touches (an unread Input, say) is the program's to use whenever it likes.
    if (!storages.has(data.storage)) keepAlways(data, storages);
    if (diff && !storages.has(diff.storage)) keepAlways(diff, storages);
  }
  for (const blob of laid.filled) {
    keepAlways(laid.blobs[blob]!.data, storages);
    // A gradient of an input (force_backward) is what somebody wants to see.
    keepToEnd(laid.blobs[blob]!);
  }
  return [...storages];
}

/** What was written stays until the pass ends. */
export function keepToEnd({ data, diff }: Slot): void {
  data.storage.end = Infinity;
  if (diff) diff.storage.end = Infinity;
}

/** Nothing else ever uses this memory. */
export function keepAlways(view: View, storages?: Set<Storage>): void {
  storages?.add(view.storage);
  view.storage.start = -1;
  view.storage.end = Infinity;
}

/** Places the storages, largest first, each in the lowest gap that is free for its life. Returns the arena's size. */
export function placeStorages(storages: readonly Storage[]): number {
  const placed: Storage[] = [];
  let total = 0;
  for (const storage of [...storages].sort((a, b) => b.size - a.size || a.start - b.start)) {
    let offset = 0;
    for (const other of placed) {
      if (other.end < storage.start || storage.end < other.start) continue;
      if (offset + storage.size <= other.offset) break;
      offset = Math.max(offset, alignUp(other.offset + other.size));
    }
    storage.offset = offset;
    total = Math.max(total, alignUp(offset + storage.size));
    insertByOffset(placed, storage);
  }
  return total;
}

/** Whether something written later lies over it, so that its content is gone when the pass ends. */
export function isOverwritten(storage: Storage, storages: readonly Storage[]): boolean {
  const end = storage.offset + storage.size;
  return storages.some(
    (other) =>
      other !== storage &&
      other.start > storage.end &&
      other.offset < end &&
      storage.offset < other.offset + other.size,
  );
}

function insertByOffset(placed: Storage[], storage: Storage): void {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (placed[middle]!.offset <= storage.offset) low = middle + 1;
    else high = middle;
  }
  placed.splice(low, 0, storage);
}
