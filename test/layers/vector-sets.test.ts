/** Layers and distances with kernels of their own, once for each instruction set that this CPU has besides its best. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { native } from '../../src/engine/native';

const SETS: Record<string, string[]> = { avx512: ['avx2', 'generic'], avx2: ['generic'], neon: [], generic: [] };
const ROOT = path.join(__dirname, '..', '..');
const JEST = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');

describe('kernels of a lesser instruction set', () => {
  const best = native().cpuInfo().vector;

  if (process.env.SIAMESE_VECTOR) {
    // In the process that a test below starts.
    it('are those that were asked for', () => expect(best).toBe(process.env.SIAMESE_VECTOR));
    return;
  }
  it('exist for every CPU that is not the plainest', () => expect(Object.keys(SETS)).toContain(best));
  it.each(SETS[best]!)(
    '%s computes what the best does',
    (set) => {
      const layers = ['vector-sets', 'Convolution', 'InnerProduct', 'Pooling'];
      const files = [...layers.map((name) => `test/layers/${name}.test.ts`), 'test/engine/match.test.ts'];
      const { status, stderr } = spawnSync(
        process.execPath,
        [
          JEST,
          '--runInBand',
          '--runTestsByPath',
          ...files,
          '--testNamePattern',
          'asked for|original Caffe|cuts the work|quer',
        ],
        { cwd: ROOT, env: { ...process.env, SIAMESE_VECTOR: set }, encoding: 'utf8' },
      );
      if (status !== 0) throw new Error(stderr);
      expect(stderr).toMatch(/Tests: .* [1-9]\d passed/);
    },
    300_000,
  );
});
