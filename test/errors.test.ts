/** The one formatter of errors, and the search for what was meant. */
import { EXIT_CODES, formatError, nearest, SiameseError } from '../src/errors';

describe('formatError', () => {
  test('place, source line, caret, help; others of the same pass follow', () => {
    const second = new SiameseError('input', 'another', { at: { file: 'net.prototxt', line: 7, column: 1 } });
    const at = { file: 'net.prototxt', line: 12, column: 3, text: '\t num_ouput: 2' };
    const error = new SiameseError('input', 'no such field', { at, help: "did you mean 'num_output'?" }, [second]);
    expect(formatError(error).split('\n')).toEqual([
      'net.prototxt:12:3: error: no such field',
      ' 12 | \t num_ouput: 2',
      '    | \t ^', // the tab is kept, so that the caret stands under the word whatever the tab's width
      "  help: did you mean 'num_output'?",
      'net.prototxt:7:1: error: another',
    ]);
  });

  test('without a place, as a warning', () => {
    expect(formatError(new SiameseError('usage', 'hm'), 'warning')).toBe('warning: hm');
  });
});

describe('nearest', () => {
  const fields = ['num_output', 'kernel_size', 'pad', 'stride'];

  test.each([
    ['num_ouput', 'num_output'],
    ['kernle_size', 'kernel_size'], // neighbours swapped count once
    ['STRIDE', 'stride'],
    ['pda', 'pad'],
  ])('%s was meant as %s', (word, meant) => {
    expect(nearest(word, fields)).toBe(meant);
  });

  test('nothing is near enough to be guessed', () => {
    expect(nearest('dilation', fields)).toBeUndefined();
    expect(nearest('x', [])).toBeUndefined();
  });
});

test('every code has an exit code of its own, none of them success or "no match"', () => {
  const codes = Object.values(EXIT_CODES);
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.filter((code) => code < 2)).toEqual([]);
});
