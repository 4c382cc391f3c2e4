/** Chunks end where something is to be done, and within about 100 ms. */

import { Checkpoints } from '../../src/solver/checkpoints';
import { chunkLength } from '../../src/solver/chunk';
import type { SnapshotFiles } from '../../src/solver/events';
import { SmoothedLoss } from '../../src/solver/smoothed-loss';
import type { TrainingState } from '../../src/solver/training-state';

/** First and last iteration of every chunk from 0 to `until`. */
function chunks(ms: number, boundaries: Parameters<typeof chunkLength>[2]): [number, number][] {
  const found: [number, number][] = [];
  for (let iter = 0; iter < boundaries.until; ) {
    const length = chunkLength(iter, ms, boundaries);
    found.push([iter, iter + length - 1]);
    iter += length;
  }
  return found;
}

test('the first one, of unknown pace, is one iteration', () => {
  expect(chunkLength(0, 0, { until: 100 })).toBe(1);
});

test('about 100 ms, at least one iteration, at most what is left', () => {
  expect(chunkLength(0, 20, { until: 100 })).toBe(5);
  expect(chunkLength(0, 900, { until: 100 })).toBe(1);
  expect(chunkLength(97, 20, { until: 100 })).toBe(3);
});

test('a displayed iteration is the last of its chunk; tests and snapshots lie between chunks', () => {
  expect(chunks(0.001, { until: 30, display: 10, testInterval: 15, snapshot: 12 })).toEqual([
    [0, 0],
    [1, 10],
    [11, 11],
    [12, 14],
    [15, 20],
    [21, 23],
    [24, 29],
  ]);
});

test('with debug_info a displayed iteration is alone', () => {
  expect(chunks(0.001, { until: 12, display: 5, displayAlone: true })).toEqual([
    [0, 0],
    [1, 4],
    [5, 5],
    [6, 9],
    [10, 10],
    [11, 11],
  ]);
});

test('the smoothed loss is the mean of the last losses', () => {
  const smoothed = new SmoothedLoss(3, 10);
  const means = [3, 5, 10, 0, 6, 2].map((loss, i) => {
    smoothed.add(loss, 10 + i);
    return smoothed.value;
  });
  [3, 4, 6, 5, 16 / 3, 8 / 3].forEach((mean, i) => {
    expect(means[i]).toBeCloseTo(mean, 12);
  });
});

test('the state to fall back to is the newest whose own loss was a number', () => {
  const checkpoints = new Checkpoints();
  const state = (iter: number) => ({ iter }) as TrainingState;
  for (const iter of [0, 50, 80]) checkpoints.keep(() => state(iter));
  expect(checkpoints.before(95).state?.iter).toBe(80);
  expect(checkpoints.before(80).state?.iter).toBe(50);
  expect(checkpoints.before(50).state).toBeUndefined();
});

test('so is the snapshot; one written anew takes the place of those from it on', () => {
  const checkpoints = new Checkpoints();
  const note = (iteration: number, caffemodel = '') =>
    checkpoints.noteSnapshot({ iteration, caffemodel } as SnapshotFiles);
  for (const iteration of [10, 20, 30]) note(iteration);
  expect(checkpoints.before(31).snapshot?.iteration).toBe(30);
  expect(checkpoints.before(30).snapshot?.iteration).toBe(20);
  expect(checkpoints.before(20).snapshot).toBeUndefined(); // two are remembered
  note(20, 'anew');
  expect(checkpoints.before(31).snapshot).toMatchObject({ iteration: 20, caffemodel: 'anew' });
  checkpoints.clear();
  expect(checkpoints.before(31)).toEqual({ state: undefined, snapshot: undefined });
});

test('copies of the state take a hundredth of the time at most', () => {
  let now = 0;
  const clock = jest.spyOn(performance, 'now').mockImplementation(() => now);
  try {
    const checkpoints = new Checkpoints();
    const keep = (takes: number) =>
      checkpoints.keep(() => {
        now += takes;
        return { iter: 0 } as TrainingState;
      });
    expect(checkpoints.due(1000)).toBe(true);
    keep(1);
    now += 1999;
    expect(checkpoints.due(1000)).toBe(false);
    now += 1;
    expect(checkpoints.due(1000)).toBe(true);
    keep(200);
    now += 19_999;
    expect(checkpoints.due(1000)).toBe(false);
    now += 1;
    expect(checkpoints.due(1000)).toBe(true);
  } finally {
    clock.mockRestore();
  }
});
