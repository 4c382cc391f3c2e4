/** Which snapshot is the newest of a folder. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newestSnapshot, rememberRun } from '../../src/cli/runs';

let folder: string;
const here = (...names: string[]) => path.join(folder, ...names);

function snapshot(name: string, iter: number): void {
  mkdirSync(path.dirname(here(name)), { recursive: true });
  for (const end of ['caffemodel', 'solverstate', 'centroids']) writeFileSync(here(`${name}.${end}`), '');
  rememberRun(
    {
      iter,
      solver: here('solver.prototxt'),
      caffemodel: here(`${name}.caffemodel`),
      solverstate: here(`${name}.solverstate`),
      centroids: here(`${name}.centroids`),
    },
    folder,
  );
}

const newest = () => path.relative(folder, path.resolve(newestSnapshot(folder).file));

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'siamese-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('the last one written', () => {
  snapshot('s/a_iter_100', 100);
  snapshot('s/a_iter_50', 50);
  expect(newest()).toBe('s/a_iter_50.caffemodel');
  expect(newestSnapshot(folder).how).toBe('iteration 50 of solver.prototxt');
});

test('passes over snapshots that are gone and over broken lines', () => {
  snapshot('a_iter_100', 100);
  snapshot('a_iter_200', 200);
  rmSync(here('a_iter_200.caffemodel'));
  appendFileSync(here('.siamese/runs.jsonl'), '{"schema":"siamese.run/1","cut sho');
  expect(newest()).toBe('a_iter_100.caffemodel');
});

test('without an index, the newest model that has centroids', () => {
  snapshot('deep/er/a_iter_100', 100);
  snapshot('b_iter_5', 5);
  writeFileSync(here('other.caffemodel'), '');
  rmSync(here('.siamese'), { recursive: true });
  utimesSync(here('deep/er/a_iter_100.caffemodel'), 2_000_000_000, 2_000_000_000);
  expect(newest()).toBe('deep/er/a_iter_100.caffemodel');
});

test('nothing trained: says what to do', () => {
  expect(() => newestSnapshot(folder)).toThrow(
    expect.objectContaining({ code: 'input', help: expect.stringContaining('siamese train --solver') }),
  );
});

test('an index that cannot be written is an io error', () => {
  writeFileSync(here('.siamese'), 'a file in the way');
  expect(() => snapshot('a_iter_1', 1)).toThrow(expect.objectContaining({ code: 'io' }));
});
