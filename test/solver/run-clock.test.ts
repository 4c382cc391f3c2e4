/** The share of the iterations' time in which the engine waited: of a display, and of a run. */
import { RunClock } from '../../src/solver/run-clock';

test('waiting is the wait for records and the time in which the engine did not compute', () => {
  const clock = new RunClock(0, 100);
  expect(clock.dataWait).toBe(0);
  clock.run(10, 90, 80); // 10 for records, then 10 of 90 without computing
  expect(clock.dataWait).toBeCloseTo(0.2, 10);
  expect(clock.display(10).dataWait).toBeCloseTo(0.2, 10);
  clock.run(0, 100, 100);
  clock.run(0, 100, 101); // clocks differ a little
  expect(clock.display(30).dataWait).toBe(0);
  expect(clock.dataWait).toBeCloseTo(20 / 300, 10);
});

test('nothing has run since the display before', () => {
  const clock = new RunClock(0, 100);
  expect(clock.display(0).dataWait).toBe(0);
});
