/** When there is colour, and what it colours. */
import { colorError, type Paint, wantsColor } from '../../src/cli/terminal';
import { formatError, SiameseError } from '../../src/errors';

test.each([
  ['auto', true, {}, true],
  ['auto', false, {}, false],
  ['auto', true, { NO_COLOR: '1' }, false],
  ['auto', true, { NO_COLOR: '' }, true],
  ['auto', true, { TERM: 'dumb' }, false],
  ['auto', false, { FORCE_COLOR: '1' }, true],
  ['auto', true, { FORCE_COLOR: '0' }, false],
  ['auto', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  ['always', false, { NO_COLOR: '1' }, true],
  ['never', true, { FORCE_COLOR: '1' }, false],
] as const)('--color %s, terminal %s, %j: %s', (option, isTTY, env, wanted) => {
  expect(wantsColor(option, { isTTY }, env as NodeJS.ProcessEnv)).toBe(wanted);
});

test('severity, caret and help are coloured, the source line is not', () => {
  const mark: Paint = (style, text) => `<${style}>${text}</>`;
  const at = { file: 'a.prototxt', line: 3, column: 5, text: '    error: 1' };
  expect(colorError(formatError(new SiameseError('input', 'no field "error"', { at, help: 'none' })), mark)).toBe(
    [
      'a.prototxt:3:5: <red>error:</> no field "error"',
      ' 3 |     error: 1',
      '   |     <green>^</>',
      '<cyan>  help:</> none',
    ].join('\n'),
  );
});
