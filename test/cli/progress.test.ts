/** The progress line, the clock and the curve of losses. */
import { clock, Progress, sparkline } from '../../src/cli/progress';
import { Terminal } from '../../src/cli/terminal';

const terminal = () => new Terminal({ color: 'never', quiet: false, verbose: false, json: false });

function screen(columns: number) {
  const written: string[] = [];
  return { written, columns, write: (text: string) => written.push(text) };
}

test('figures of a run half done', () => {
  const stream = screen(100);
  const progress = new Progress(terminal(), 'iter', 200, 0, stream);
  progress.update(0, 0.9, 1000);
  progress.update(50, 0.5, 2000);
  progress.update(100, 0.123456, 3000);
  expect(progress.text()).toMatch(/^━+─+ {2}100\/200 {2}50 % {2}50 iter\/s {2}ETA 0:02 {2}loss 0\.1235$/);
  const bar = progress.text().split('  ')[0]!;
  expect(bar.replaceAll('─', '')).toHaveLength(bar.length / 2);
});

test('the rate is that of this run, also after a resume', () => {
  const progress = new Progress(terminal(), 'iter', 1000, 900, screen(100));
  progress.update(900, undefined, 0);
  progress.update(910, undefined, 1000);
  expect(progress.text()).toContain('10 iter/s  ETA 0:09');
});

test('draws at most every 100 ms, and removes itself', () => {
  const stream = screen(80);
  const progress = new Progress(terminal(), 'iter', 100, 0, stream);
  for (let i = 0; i < 50; i++) progress.update(i, 1, 10_000 + i);
  expect(stream.written).toHaveLength(1);
  progress.finish();
  expect(stream.written.at(-1)).toBe('\r\x1b[K');
});

test.each([120, 80, 40, 20, 10])('fits %i columns', (columns) => {
  const progress = new Progress(terminal(), 'iter', 100_000, 0, screen(columns));
  for (let i = 0; i < 50; i++) progress.update(i * 100, 1 / (i + 1), i * 1000);
  expect(progress.text().length).toBeLessThan(columns);
});

test('clock', () => {
  expect([0, 59.6, 61, 3599, 3723].map(clock)).toEqual(['0:00', '1:00', '1:01', '59:59', '1:02:03']);
});

test('sparkline: falls, stays flat, ignores what is no number', () => {
  expect(sparkline([8, 7, 6, 5, 4, 3, 2, 1], 8)).toBe('█▇▆▅▄▃▂▁');
  expect(sparkline([1, 1, 1, 1], 8)).toBe('▁▁▁▁');
  expect(sparkline([1, Number.NaN, 2], 8)).toBe('');
  expect(
    sparkline(
      Array.from({ length: 100 }, (_, i) => i),
      10,
    ),
  ).toHaveLength(10);
});
