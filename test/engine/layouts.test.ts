/** Relayout and Stack: same elements, other places; read back in Caffe's order they must be what was written. */
import { Engine } from '../../src/engine/engine';
import { PlanMaker } from './plans';

const SHAPE = [5, 3, 4, 7];
const COUNT = SHAPE.reduce((a, b) => a * b);
const numbers = (length: number, from = 1) => Float32Array.from({ length }, (_, i) => i + from);

const SPLITS = [0, 1, 2, 3, 4].flatMap((from) => [0, 1, 2, 3, 4].map((to) => [from, to] as const));

test.each(SPLITS)('Relayout from split %i to %i, either padded', async (from, to) => {
  const maker = new PlanMaker();
  const x = maker.blob('x', SHAPE, from, 3);
  const y = maker.blob('y', SHAPE, to, 1);
  maker.layer({ type: 'Relayout', bottoms: [x], tops: [y] });
  using engine = new Engine(maker.plan);
  engine.write('x', numbers(COUNT));
  engine.write('y', numbers(COUNT, 1000), 'diff');
  await engine.run({ count: 1, mode: 'forward-backward', feeds: [] });
  expect(engine.read('y')).toEqual(numbers(COUNT));
  expect(engine.read('x', 'diff')).toEqual(numbers(COUNT, 1000));
});

test('a Relayout large enough for two threads', async () => {
  const maker = new PlanMaker();
  const shape = [64, 3, 31, 33];
  const x = maker.blob('x', shape, 0);
  const y = maker.blob('y', shape, 1);
  maker.layer({ type: 'Relayout', bottoms: [x], tops: [y] });
  using engine = new Engine(maker.plan, { threads: 2 });
  const values = numbers(shape.reduce((a, b) => a * b));
  engine.write('x', values);
  await engine.run({ count: 1, mode: 'forward', feeds: [] });
  expect(engine.read('y')).toEqual(values);
});

test.each([0, 1, 2])('Stack of three towers in split %i', async (split) => {
  const maker = new PlanMaker();
  const towers = [0, 1, 2].map((t) => maker.blob(`x${t}`, SHAPE, split, t));
  const y = maker.blob('y', [15, 3, 4, 7], split, 2);
  maker.layer({ type: 'Stack', bottoms: towers, tops: [y] });
  using engine = new Engine(maker.plan);
  for (const t of [0, 1, 2]) engine.write(`x${t}`, numbers(COUNT, t * COUNT));
  engine.write('y', numbers(3 * COUNT, 5000), 'diff');
  await engine.run({ count: 1, mode: 'forward-backward', feeds: [] });
  expect(engine.read('y')).toEqual(numbers(3 * COUNT, 0));
  for (const t of [0, 1, 2]) expect(engine.read(`x${t}`, 'diff')).toEqual(numbers(COUNT, 5000 + t * COUNT));
});

test('a tower without gradient is left out', async () => {
  const maker = new PlanMaker();
  const towers = [maker.blob('a', [2, 3]), maker.blob('b', [2, 3])];
  const y = maker.blob('y', [4, 3]);
  maker.layer({ type: 'Stack', bottoms: [{ ...towers[0]!, diff: -1 }, towers[1]!], tops: [y] });
  using engine = new Engine(maker.plan);
  engine.write('y', numbers(12), 'diff');
  await engine.run({ count: 1, mode: 'forward-backward', feeds: [] });
  expect([...engine.read('a', 'diff')]).toEqual([0, 0, 0, 0, 0, 0]);
  expect([...engine.read('b', 'diff')]).toEqual([7, 8, 9, 10, 11, 12]);
});

test.each([
  ['Stack', [4, 3], 'do not agree'],
  ['Stack', [6, 2], 'do not agree'],
  ['Relayout', [3, 2], 'shapes differ'],
] as const)('%s to %p is refused', (type, shape, message) => {
  const maker = new PlanMaker();
  const x = maker.blob('x', [2, 3]);
  const y = maker.blob('y', [...shape]);
  maker.layer({ type, bottoms: type === 'Stack' ? [x, x, x] : [x], tops: [y] });
  expect(() => new Engine(maker.plan)).toThrow(message);
});
