/** The memory plan: no two storages that are in use at once overlap, and none wastes much. */
import { isOverwritten, placeStorages } from '../../src/plan/memory.js';
import type { Storage } from '../../src/plan/view.js';

function storage(size: number, start: number, end: number): Storage {
  return { size, start, end, offset: -1 };
}

/** The oracle: every pair, by the definition. */
function collisions(storages: readonly Storage[]): [Storage, Storage][] {
  return storages.flatMap((a, i) =>
    storages.slice(i + 1).flatMap((b): [Storage, Storage][] => {
      const together = a.start <= b.end && b.start <= a.end;
      const overlap = a.offset < b.offset + b.size && b.offset < a.offset + a.size;
      return together && overlap ? [[a, b]] : [];
    }),
  );
}

/** A generator of its own, so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test.each(Array.from({ length: 30 }, (_, seed) => seed))('random lives, seed %i', (seed) => {
  const below = random(seed);
  const storages = Array.from({ length: 60 }, () => {
    const start = below(50) - 1;
    return storage(1 + below(1000), start, below(10) === 0 ? Number.POSITIVE_INFINITY : start + below(12));
  });
  const total = placeStorages(storages);
  expect(collisions(storages)).toEqual([]);
  for (const { offset, size } of storages) {
    expect(offset % 16).toBe(0);
    expect(offset + size).toBeLessThanOrEqual(total);
  }
  const steps = Array.from({ length: 70 }, (_, step) => step - 1);
  const needed = steps.map((step) =>
    storages.reduce((sum, { size, start, end }) => sum + (start <= step && step <= end ? size : 0), 0),
  );
  // Largest first came to 1.25 of this lower bound at worst over these seeds.
  expect(total).toBeLessThan(1.3 * Math.max(...needed));
});

test('a chain, each link in use with its neighbours only, takes the room of two', () => {
  const chain = Array.from({ length: 10 }, (_, i) => storage(160, i, i + 1));
  expect(placeStorages(chain)).toBe(320);
});

test('a gap between two is used', () => {
  const storages = [storage(320, 0, 0), storage(160, 1, 2), storage(160, 1, 1), storage(160, 2, 2)];
  expect(placeStorages(storages)).toBe(320);
  expect(collisions(storages)).toEqual([]);
});

test('no storages need no memory', () => {
  expect(placeStorages([])).toBe(0);
});

test('overwritten is what lies under something that is used later', () => {
  const [early, late, beside] = [storage(160, 0, 1), storage(160, 2, 3), storage(160, 0, 3)];
  placeStorages([early, late, beside]);
  expect(early.offset).toBe(late.offset);
  expect([early, late, beside].map((s) => isOverwritten(s, [early, late, beside]))).toEqual([true, false, false]);
});
