/** One-shot runs by hand, and the interval over few runs against tables of Student's t. */
import { ofFew, studentT } from '../../src/match/intervals';
import { matchRun, runsError } from '../../src/match/one-shot-runs';

test('the nearest example; equally near is wrong, whichever comes first', () => {
  const training = Float32Array.of(0, 10, 20);
  const run = matchRun({ name: 'r', training, test: Float32Array.of(1, 5, 19, 14), truth: [0, 0, 2, 2] }, 1);
  expect(run).toMatchObject({ ways: 3, total: 4, wrong: 2, ties: 1 });
  expect([...run.found]).toEqual([0, 0, 2, 1]);
  // The same point twice among the examples cannot be told apart.
  expect(matchRun({ name: 'r', training: Float32Array.of(3, 3), test: Float32Array.of(3), truth: [0] }, 1).wrong).toBe(
    1,
  );
});

test('error: mean of the runs', () => {
  const run = (wrong: number, total: number) => {
    return { name: '', ways: 20, total, wrong, ties: 0, found: new Int32Array(0), tied: [] };
  };
  const { name, value, interval, protocol } = runsError([run(1, 20), run(3, 20), run(2, 20)]);
  expect(name).toBe('20-way one-shot error');
  expect(value).toBeCloseTo(0.1, 12);
  // Standard error 0.05 / sqrt(3), times 4.302653.
  expect(interval!.high).toBeCloseTo(0.1 + (4.302653 * 0.05) / Math.sqrt(3), 6);
  expect(interval!.low).toBe(0);
  expect(protocol).toContain('3 runs as in Lake et al. (2015), 60 images');
  expect(runsError([run(1, 20)]).interval).toBeUndefined();
});

test("Student's t", () => {
  const table = { 1: 12.7062, 2: 4.3027, 3: 3.1824, 4: 2.7764, 9: 2.2622, 19: 2.093, 100: 1.984, 1000: 1.9623 };
  // The series is 0.13 % off for three degrees of freedom and better from there.
  for (const [n, t] of Object.entries(table)) expect(Math.abs(studentT(Number(n)) / t - 1)).toBeLessThan(0.0015);
  expect(ofFew([0.5, 0.5])).toEqual({ mean: 0.5, interval: { low: 0.5, high: 0.5 } });
});
