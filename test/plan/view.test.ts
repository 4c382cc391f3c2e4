/** Arithmetic on views: checked against the places of single elements. */
import { allocate, inSplit, joinBatches, rangeOf, reshape, type View } from '../../src/plan/view.js';

const SHAPES = [
  [],
  [5],
  [3, 4],
  [3, 1],
  [1, 4],
  [2, 3, 4],
  [2, 1, 4],
  [1, 3, 1],
  [2, 3, 2, 2],
  [1, 1, 2, 3],
  [20, 3],
  [17, 2, 2],
];

/** Place of each element in its storage, in Caffe's order. */
function places({ shape, split, offset, pitch }: View): number[] {
  const size = (dims: readonly number[]) => dims.reduce((n, dim) => n * dim, 1);
  const rows = size(shape.slice(split));
  const cols = size(shape.slice(0, split));
  return Array.from({ length: rows * cols }, (_, i) => offset + (i % rows) * pitch + Math.floor(i / rows));
}

function views(): View[] {
  return SHAPES.flatMap((shape) => [0, 1, 2, 3, 4].map((split) => allocate(shape, split)));
}

test('memory is as large as its farthest element, and each element has its own place', () => {
  for (const view of views()) {
    const used = places(view);
    expect(new Set(used).size).toBe(used.length);
    expect(Math.max(...used)).toBeLessThan(view.storage.size);
  }
});

test('rows of 16 images or more begin at cache lines', () => {
  expect(allocate([20, 3], 1)).toMatchObject({ pitch: 32, storage: { size: 96 } });
  expect(allocate([32, 3], 1).pitch).toBe(32);
  expect(allocate([10, 3], 1).pitch).toBe(10);
  expect(allocate([20], 1).pitch).toBe(20);
  expect(allocate([20, 3], 0).pitch).toBe(1);
  expect(allocate([20, 3], 2).pitch).toBe(60);
});

test('another split of the same memory holds the same elements', () => {
  let found = 0;
  for (const view of views()) {
    for (const split of [0, 1, 2, 3, 4]) {
      const other = inSplit(view, split);
      if (!other) continue;
      if (other !== view) found++;
      expect(other.split).toBe(Math.min(split, view.shape.length));
      expect(places(other)).toEqual(places(view));
    }
  }
  expect(found).toBeGreaterThan(20);
});

test('a vector, a single image and a single channel need no copy to change their split; a batch of maps does', () => {
  expect(inSplit(allocate([7], 0), 1)).toBeDefined();
  expect(inSplit(allocate([1, 3, 4, 4], 1), 0)).toBeDefined();
  expect(inSplit(allocate([7, 1, 1, 1], 1), 0)).toBeDefined();
  expect(inSplit(allocate([2, 3, 4, 4], 1), 0)).toBeUndefined();
});

test('a range has the elements of that range', () => {
  let found = 0;
  for (const view of views()) {
    view.shape.forEach((dim, axis) => {
      for (const [start, length] of [
        [0, 1],
        [dim - 1, 1],
        [1, dim - 1],
        [0, dim],
      ] as const) {
        const range = length > 0 ? rangeOf(view, axis, start, length) : undefined;
        if (!range) continue;
        found++;
        const inner = view.shape.slice(axis + 1).reduce((n, d) => n * d, 1);
        const expected = places(view).filter((_, i) => {
          const at = Math.floor(i / inner) % dim;
          return at >= start && at < start + length;
        });
        expect(places(range)).toEqual(expected);
      }
    });
  }
  expect(found).toBeGreaterThan(200);
});

test('channels of batch-innermost memory are a view, rows of an image are not', () => {
  expect(rangeOf(allocate([4, 6, 5, 5], 1), 1, 2, 3)).toMatchObject({ offset: 2 * 25 * 4, pitch: 4 });
  expect(rangeOf(allocate([4, 6, 5, 5], 1), 0, 1, 2)).toMatchObject({ offset: 1, pitch: 4 });
  expect(rangeOf(allocate([4, 6, 5, 5], 1), 2, 0, 1)).toBeUndefined();
  expect(rangeOf(allocate([4, 1, 5, 5], 1), 2, 0, 1)).toBeDefined();
});

test('another shape has the same elements in the same order', () => {
  const shapes = [[12], [3, 4], [4, 3], [2, 6], [2, 2, 3], [12, 1], [1, 12]];
  let found = 0;
  for (const shape of shapes) {
    for (const split of [0, 1, 2]) {
      for (const to of shapes) {
        const view = allocate(shape, split);
        const other = reshape(view, to);
        if (!other) continue;
        found++;
        expect(other.shape).toEqual(to);
        expect(places(other)).toEqual(places(view));
      }
    }
  }
  expect(found).toBeGreaterThan(60);
});

test('flattening keeps batch-innermost memory as it is, another batch does not', () => {
  expect(reshape(allocate([20, 3, 2, 2], 1), [20, 12])).toMatchObject({ split: 1, pitch: 32 });
  expect(reshape(allocate([20, 3, 2, 2], 1), [10, 24])).toBeUndefined();
});

test('neighbouring parts of a batch join again, others do not', () => {
  for (const split of [0, 1, 2]) {
    const whole = allocate([6, 3, 2], split);
    const [a, b, c] = [0, 2, 4].map((start) => rangeOf(whole, 0, start, 2)!);
    expect(joinBatches([a!, b!, c!])).toEqual(whole);
    expect(joinBatches([b!, a!])).toBeUndefined();
    expect(joinBatches([a!, c!])).toBeUndefined();
    expect(joinBatches([a!, allocate([2, 3, 2], split)])).toBeUndefined();
  }
});

test('parts that follow each other in rows are no batch', () => {
  const whole = allocate([2, 2, 3], 1);
  const parts = [0, 1].map((start) => rangeOf(whole, 1, start, 1)!);
  expect(joinBatches(parts)).toBeUndefined();
});
