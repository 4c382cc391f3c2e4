/** siamese plot of each kind, and the page that holds them all. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { newFolder, writeMnist, writeNet, writeSolver } from './fixtures';
import { siamese } from './run-cli';

jest.setTimeout(240_000);

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);
const run = (...words: string[]) => siamese(words, { cwd: folder });

beforeAll(() => {
  folder = newFolder();
  writeMnist(folder, 'digits_train', 'train', 200);
  writeMnist(folder, 'digits_test', 't10k', 60);
  writeNet(folder);
  writeSolver(folder, 's', { max_iter: 4, snapshot: 2, test_iter: 1, display: 1 });
  const { status, stderr } = run('train', '-solver', 's.prototxt');
  expect(status).toBe(0);
  writeFileSync(at('train.log'), stderr);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('distances of all pairs, weights and their change, curves of the log', () => {
  const distances = JSON.parse(run('plot', 'distances', '--json').stdout);
  // 60 test records make 1770 pairs.
  expect(distances).toMatchObject({ schema: 'siamese.plot/1', output: 'distances.svg', points: 60 });
  expect(distances.pairs.same + distances.pairs.different).toBe(1770);
  const words = ['plot', 'weights', '--layer', 'conv1', '--minus', 's_iter_2.caffemodel', '-o', 'w.svg'];
  expect(run(...words)).toMatchObject({ status: 0, stdout: 'w.svg\n' });
  expect(readFileSync(at('w.svg'), 'utf8')).toContain('s_iter_4.caffemodel minus s_iter_2.caffemodel');
  const { series } = JSON.parse(run('plot', 'curves', 'train.log', '--json').stdout);
  expect(series.find(({ name }: { name: string }) => name === 'train loss').points).toBeGreaterThanOrEqual(4);
});

test('what cannot be plotted is told', () => {
  expect(run('plot', 'weight')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('did you mean "weights"?'),
  });
  expect(run('plot', 'weights', '--layer', 'conv3')).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('conv'),
  });
  expect(run('plot', 'curves', 's.prototxt')).toMatchObject({ status: 3, stderr: expect.stringContaining('no log') });
});

test('a report finds the log of its training', () => {
  const { status, stdout } = run('report', '--json');
  expect(status).toBe(0);
  const headings = ['Training', 'Encodings', 'Confusion', 'Distances', 'ROC', 'Weights', 'Net'];
  expect(JSON.parse(stdout)).toMatchObject({ output: 's_iter_4.html', log: 'train.log', sections: headings });
  const html = readFileSync(at('s_iter_4.html'), 'utf8');
  expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script/);
});
