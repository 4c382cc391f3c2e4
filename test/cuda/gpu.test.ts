/** test/cuda/engine.test.ts once more, with the plugin for the GPU of this machine, where there is one. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { cudaPluginFile, cudaState } from '../../src/engine/cuda';
import { ROOT } from './emulation';

const JEST = path.join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');

const gpu = process.env.SIAMESE_CUDA_PLUGIN === undefined && cudaState().reason === undefined;
(gpu ? it : it.skip)(
  "the engine on this machine's GPU",
  () => {
    const { status, stderr } = spawnSync(process.execPath, [JEST, '--runInBand', 'test/cuda/engine'], {
      cwd: ROOT,
      env: { ...process.env, SIAMESE_EMULATED_PLUGIN: cudaPluginFile() },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    expect(stderr).toMatch(/Tests: .* passed/);
  },
  600_000,
);
