/** siamese test --metrics all and --confusion: every figure with protocol and interval, untrained net and pixels beside. */
import { rmSync } from 'node:fs';
import { confusionMatrix } from '../../src/cli/confusion-text';
import { newFolder, writeMnist, writeNet, writeSolver } from './fixtures';
import { siamese } from './run-cli';

jest.setTimeout(120_000);

let folder: string;
const run = (...words: string[]) => siamese(words, { cwd: folder });

beforeAll(() => {
  folder = newFolder();
  writeMnist(folder, 'digits_train', 'train', 300);
  writeMnist(folder, 'digits_test', 't10k', 400);
  writeNet(folder);
  writeSolver(folder, 's', { max_iter: 2, snapshot: 0, test_iter: 1 });
  expect(run('train', '-solver', 's.prototxt').status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

const NAMES = [
  'kNN accuracy, k=5',
  'pair accuracy',
  'ROC AUC',
  'EER',
  'recall@1',
  'recall@5',
  'recall@10',
  'MAP@R',
  'R-precision',
  'NMI',
  'AMI',
  'open-set AUROC',
  'accuracy, one image each',
  '3-way 1-shot',
];

test('all figures', () => {
  const words = ['test', '--metrics', 'all', '--hold-out', '8,9', '--episodes', '20', '--ways', '3'];
  const { measured, accuracy, accuracyInterval, baselines } = JSON.parse(run(...words, '--json').stdout);
  expect(measured.map(({ name }: { name: string }) => name)).toEqual(NAMES);
  for (const one of measured) {
    expect(one.interval.low).toBeLessThanOrEqual(one.value);
    expect(one.interval.high).toBeGreaterThanOrEqual(one.value);
    expect(one.protocol.length).toBeGreaterThan(20);
    for (const value of [one.baselines.untrained, one.baselines.pixels]) expect(value).toBeGreaterThanOrEqual(0);
  }
  expect(accuracyInterval.low).toBeLessThan(accuracy);
  expect(baselines.pixels).toBeGreaterThan(0.5);
});

test('the whole confusion matrix, without baselines', () => {
  const { stdout } = run('test', '--confusion', '--no-baselines');
  expect(stdout).toMatch(/^accuracy +\d+\.\d\d % +\d+ of 400 records of digits_test, by nearest centroid \(95 %: \d/);
  const lines = stdout.slice(stdout.indexOf('true \\ matched')).trimEnd().split('\n');
  expect(lines).toHaveLength(11);
  const counts = lines.slice(1).map((line) =>
    line
      .trim()
      .split(/\s+/)
      .slice(1)
      .map((cell) => Number(cell.replace('.', '0'))),
  );
  expect(counts.flat().reduce((sum, count) => sum + count, 0)).toBe(400);
});

test('long names keep their end, classes that nothing is of are left out', () => {
  const one = (name: string, total: number) => ({ name, total }) as never;
  const perClass = [one('Greek/character01', 3), one('Greek/character02', 1), one('none', 0)];
  const confusion = [
    [2, 1, 0],
    [0, 1, 0],
    [0, 0, 0],
  ];
  expect(confusionMatrix({ perClass, confusion } as never)).toEqual([
    'true \\ matched     ~aracter01  ~aracter02',
    'Greek/character01           2           1',
    'Greek/character02           .           1',
  ]);
});
