/** Every case of every layer once more on a GPU: golden values of Caffe, float64 references, and the text of errors. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { cudaState } from '../../src/engine/cuda';
import { emulatedPlugin, ROOT } from './emulation';

const JEST = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');

/** Tests of test/layers that are about the CPU engine, about no engine at all, or about what a GPU refuses. */
const NOT_FOR_A_GPU = ['vector-sets', 'tables', 'Filter'];

function runLayerTests(env: Record<string, string>): void {
  const { status, stderr } = spawnSync(
    process.execPath,
    [JEST, '--runInBand', '--testPathPatterns', 'test/layers/', '--testPathIgnorePatterns', ...NOT_FOR_A_GPU],
    { cwd: ROOT, env: { ...process.env, ...env, SIAMESE_TEST_DEVICE: 'cuda' }, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  expect(stderr).toMatch(/Tests: .* [1-9]\d\d+ passed/);
}

describe('the layers on the emulated GPU', () => {
  let plugin = '';
  beforeAll(() => {
    plugin = emulatedPlugin();
  }, 600_000);
  it('compute what they do on the CPU', () => runLayerTests({ SIAMESE_CUDA_PLUGIN: plugin }), 600_000);
});

const gpu = process.env.SIAMESE_CUDA_PLUGIN === undefined && cudaState().reason === undefined;
(gpu ? describe : describe.skip)("the layers on this machine's GPU", () => {
  it('compute what they do on the CPU', () => runLayerTests({}), 600_000);
});
