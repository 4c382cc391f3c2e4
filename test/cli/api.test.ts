/** The package's public API does what its opening comment shows. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Encoder, Matcher, openSource, readCentroids, readSolver, readWeights, SiameseError, Solver } from '../../src';
import { newFolder, writeMnist, writeNet, writeSolver } from './fixtures';
import { siamese } from './run-cli';

jest.setTimeout(120_000);

let folder: string;
beforeAll(() => {
  folder = newFolder();
  writeMnist(folder, 'digits_train', 'train', 200);
  writeMnist(folder, 'digits_test', 't10k', 50);
  writeNet(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('train in a program of one’s own', async () => {
  const prefix = path.join(folder, 'own');
  const file = writeSolver(folder, 'own', { max_iter: 3, snapshot: 0, test_iter: 1, snapshot_prefix: `"${prefix}"` });
  const iterations: number[] = [];
  const solver = await Solver.create({
    solver: readSolver(file).message,
    file,
    onEvent: (event) => {
      if (event.type === 'progress') iterations.push(event.iteration);
    },
  });
  try {
    await solver.train();
  } finally {
    await solver.dispose();
  }
  expect(iterations.at(-1)).toBe(3);
  expect(existsSync(`${prefix}_iter_3.caffemodel`)).toBe(true);
});

test('match in a program of one’s own, with what the command line trained', async () => {
  writeSolver(folder, 's', { max_iter: 3, snapshot: 0, test_iter: 1 });
  expect(siamese(['train', '--solver', 's.prototxt'], { cwd: folder }).status).toBe(0);
  const centroids = readCentroids(path.join(folder, 's_iter_3.centroids'));
  const weights = readWeights(path.join(folder, 's_iter_3.caffemodel'));
  const source = await openSource(path.join(folder, 'digits_test'));
  using encoder = Encoder.fromNet(centroids.deploy, weights, { encoding: centroids.encoding });
  const matches = new Matcher(centroids).match(await encoder.encode(await source.all()));
  await source.close();
  expect(matches).toHaveLength(50);
  expect(matches[0]!.distance).toBeLessThanOrEqual(matches[0]!.runnerUp!.distance);
});

test('a program in TypeScript needs neither the types of Node nor a library beyond ES2022', () => {
  const root = path.join(__dirname, '..', '..');
  mkdirSync(path.join(folder, 'node_modules'));
  symlinkSync(root, path.join(folder, 'node_modules', 'siamese'), 'dir');
  const program = path.join(folder, 'program.ts');
  writeFileSync(
    program,
    `import { type Encoder, Picture, type SiameseError, toPng } from 'siamese';
     export const png: Uint8Array = toPng(new Picture(1, 1));
     export const code = (error: SiameseError): string => error.code;
     export const close = (encoder: Encoder): void => encoder.dispose();`,
  );
  for (const module of ['node16', 'nodenext']) {
    const words = ['--noEmit', '--strict', '--target', 'es2022', '--types', '', '--module', module, program];
    const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { stdout, status } = spawnSync(process.execPath, [tsc, ...words], { cwd: folder, encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  }
});

test('what a caller does wrong is a SiameseError', () => {
  expect(() => readSolver(path.join(folder, 'none.prototxt'))).toThrow(SiameseError);
});
