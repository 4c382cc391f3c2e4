/** Caffe's and our ways of writing a command line mean the same. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { normalize, withoutEffect } from '../../src/cli/normalize';
import { SiameseError } from '../../src/errors';

const flagsOf = (...words: string[]) =>
  Object.fromEntries(normalize(words).flags.map(({ name, value }) => [name, value]));

function faultsOf(...words: string[]): string[] {
  try {
    normalize(words);
  } catch (error) {
    expect(error).toBeInstanceOf(SiameseError);
    const fault = error as SiameseError;
    expect(fault.code).toBe('usage');
    return [fault, ...fault.others].map(({ message, help }) => `${message}; ${help ?? ''}`);
  }
  throw new Error('accepted');
}

describe('flags', () => {
  test.each([
    [['train', '-solver', 'x']],
    [['train', '-solver=x']],
    [['train', '--solver', 'x']],
    [['train', '--solver=x']],
    [['-solver', 'x', 'train']],
  ])('%j names the solver', (words) => {
    expect(normalize(words)).toMatchObject({ command: 'train', flags: [{ name: 'solver', value: 'x' }], args: [] });
  });

  test.each(['--sigint_effect', '--sigint-effect', '-sigint_effect', '-sigint-effect'])('%s', (word) => {
    expect(flagsOf('train', word, 'none')).toEqual({ sigint_effect: 'none' });
  });

  test('a value may look like a flag or hold "="', () => {
    expect(flagsOf('train', '--seed', '-1', '-weights=a=b,-c')).toEqual({ seed: '-1', weights: 'a=b,-c' });
  });

  test.each([
    ['--towers', true],
    ['--notowers', false],
    ['--no-towers', false],
    ['--no_towers', false],
    ['-towers=false', false],
    ['--towers=1', true],
    ['--notowers=false', true],
  ])('switch %s', (word, on) => {
    expect(flagsOf('plan', word)).toEqual({ towers: on });
  });

  test('a switch takes no word after it', () => {
    expect(normalize(['match', '--json', 'a.png']).args).toEqual(['a.png']);
  });

  test('one-letter flags, alone, with a value and together', () => {
    expect(flagsOf('match', '-k', '5', '-q', 'a.png')).toEqual({ k: '5', quiet: true });
    expect(flagsOf('match', '-qv0')).toEqual({ quiet: true, verbose: true, null: true });
  });

  test('"-" and all after "--" are arguments', () => {
    expect(normalize(['match', '-', '--', '-x.png', '--json']).args).toEqual(['-', '-x.png', '--json']);
  });

  test('a flag file', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'siamese-')), 'flags');
    writeFileSync(file, '# for the night\n--solver=a b\n\n-sigint_effect=none\n');
    expect(flagsOf('train', '--flagfile', file)).toEqual({ solver: 'a b', sigint_effect: 'none' });
    expect(faultsOf('train', '--flagfile', `${file}.none`)).toEqual([expect.stringMatching(/cannot read .*ENOENT/)]);
  });

  test("Caffe's flags are taken by commands that do not need them", () => {
    const line = normalize(['train', '-iterations', '50', '-logtostderr', '-solver', 'x']);
    expect(withoutEffect(line)).toEqual(['iterations']);
  });
});

describe('faults', () => {
  test('an unknown flag suggests the nearest', () => {
    expect(faultsOf('train', '-slover', 'x')).toEqual(['unknown flag --slover; did you mean --solver?']);
    expect(faultsOf('train', '--sigint_efect=stop')).toEqual([
      'unknown flag --sigint_efect; did you mean --sigint_effect?',
    ]);
  });

  test('all faults of a line are told', () => {
    expect(faultsOf('train', '--wieghts', 'a', '--min-accuracy', '1', '--json=maybe', '-gpu', '-quiet')).toEqual([
      'unknown flag --wieghts; did you mean --weights?',
      '--json takes no value, but was given "maybe"; ',
      '--gpu needs a value: --gpu IDS; ',
      'train has no flag --min-accuracy; --min-accuracy is for: test',
    ]);
  });

  test('an unknown command suggests the nearest, a picture suggests match', () => {
    expect(faultsOf('trian')).toEqual(['unknown command "trian"; did you mean "train"?']);
    expect(faultsOf('devicequery')).toEqual([expect.stringContaining('did you mean "device_query"?')]);
    expect(faultsOf('seven.png')).toEqual(['"seven.png" is no command; did you mean: siamese match seven.png']);
  });
});
