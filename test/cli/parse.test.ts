/** Values of flags: types, defaults, bounds. */
import { normalize } from '../../src/cli/normalize';
import { parseFlags } from '../../src/cli/parse';
import type { SiameseError } from '../../src/errors';

function parse(...words: string[]) {
  const line = normalize(words);
  return parseFlags({ ...line, command: line.command! });
}

test('types and defaults', () => {
  const { values, given, args } = parse('match', '--threshold', '0.5', '-k', '3', '--weights', 'a, b', 'x.png');
  expect(values).toMatchObject({ threshold: 0.5, k: 3, weights: ['a', 'b'], threads: 0, towers: true, color: 'auto' });
  expect(values.json).toBeUndefined();
  expect(values.snapshot).toBeUndefined();
  expect(args).toEqual(['x.png']);
  expect(given.has('threads')).toBe(false);
  expect(given.has('k')).toBe(true);
});

test('the last of two wins, a switch can be turned off again', () => {
  expect(parse('train', '-solver', 'a', '-solver', 'b', '--json', '--nojson').values).toMatchObject({
    solver: 'b',
    json: false,
  });
});

test('choices in any case', () => {
  expect(parse('plan', '--phase', 'test').values.phase).toBe('TEST');
});

test.each([
  [['test', '--min-accuracy', '98'], '--min-accuracy takes a number from 0 to 1, not "98"'],
  [['test', '--iterations', '0'], '--iterations takes a whole number, 1 or more, not "0"'],
  [['train', '--level', '1.5'], '--level takes a whole number, not "1.5"'],
  [['train', '--level', ''], '--level takes a whole number, not ""'],
  [['train', '--sigint_effect', 'die'], '--sigint_effect takes one of snapshot, stop, none, not "die"'],
  [['train', '--solver', ''], '--solver takes a value that is not empty, not ""'],
])('%j is refused', (words, message) => {
  expect(() => parse(...words)).toThrow(expect.objectContaining({ code: 'usage', message }));
});

test('all wrong values are told', () => {
  try {
    parse('train', '--threads', '-3', '--seed', 'x');
    throw new Error('accepted');
  } catch (error) {
    expect((error as SiameseError).others.map(({ message }) => message)).toHaveLength(1);
  }
});
