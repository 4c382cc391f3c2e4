/** Folders of one-shot runs as Lake et al. lay them out. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readOneShotRuns } from '../../src/data/one-shot-runs';

let root: string;
const write = (name: string, text = '') => {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text);
};
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'siamese-runs-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function writeRun(name: string, lines: string): void {
  for (const i of [1, 2, 3]) write(`${name}/training/class0${i}.png`);
  for (const i of [1, 2]) write(`${name}/test/item0${i}.png`);
  write(`${name}/class_labels.txt`, lines);
}

test('runs in order, names below the run or beside it, classes that nothing is of', () => {
  writeRun(
    'all/run02',
    'run02/test/item01.png run02/training/class03.png\r\nrun02/test/item02.png run02/training/class01.png\r\n',
  );
  writeRun('all/run01', 'test/item01.png training/class02.png\n\n');
  const [first, second] = readOneShotRuns(root);
  const at = (...names: string[]) => path.join(root, 'all', ...names);
  expect(first).toEqual({
    name: path.join('all', 'run01'),
    training: [1, 2, 3].map((i) => at('run01', 'training', `class0${i}.png`)),
    test: [{ file: at('run01', 'test', 'item01.png'), truth: 1 }],
  });
  expect(second!.test.map(({ truth }) => truth)).toEqual([2, 0]);
  expect(readOneShotRuns(at('run02'))).toMatchObject([{ name: 'run02', test: second!.test }]);
});

test('what is wrong is named', () => {
  expect(() => readOneShotRuns(path.join(root, 'none'))).toThrow('there is no folder');
  expect(() => readOneShotRuns(root)).toThrow('holds no run: no class_labels.txt');
  write('runs.zip');
  expect(() => readOneShotRuns(path.join(root, 'runs.zip'))).toThrow('is an archive');
  writeRun('run01', 'run01/test/item01.png run01/training/class09.png\n');
  expect(() => readOneShotRuns(root)).toThrow('there is no image run01/training/class09.png');
  writeRun('run01', '\nrun01/test/item01.png\n');
  expect(() => readOneShotRuns(root)).toThrow(
    expect.objectContaining({ code: 'input', at: expect.objectContaining({ line: 2 }) }),
  );
  writeRun('run01', '\n');
  expect(() => readOneShotRuns(root)).toThrow('names no images');
});
