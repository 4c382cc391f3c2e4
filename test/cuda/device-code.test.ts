/** nvcc takes all device code, and the plugin links: where there is an nvcc, and whoever runs the tests has the minutes. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ROOT } from './emulation';

const wanted = process.env.SIAMESE_CUDA_CHECK === '1';

(wanted ? it : it.skip)(
  'device code compiles for one architecture (SIAMESE_CUDA_CHECK=1)',
  () => {
    const { status, stdout, stderr } = spawnSync(path.join(ROOT, 'scripts', 'check-cuda.sh'), { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
    expect(stdout).toMatch(/^compiled/m);
  },
  1_800_000,
);
