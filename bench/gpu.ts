/** bench gpu: the training step on a GPU beside PyTorch's variants, in turn; then how long the MNIST solver takes in all. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { alternate, type Contender, ratio } from './alternate.js';

const PEERS = ['eager', 'compile', 'graph'];
const SECONDS = 3;
const MODEL = path.join('models', 'siamese_mnist');

export function benchGpu(pairsList: number[], precisions: string[], rounds: number): void {
  const gpu = spawnSync('nvidia-smi', ['--query-gpu=name,driver_version,clocks.max.sm', '--format=csv,noheader'], {
    encoding: 'utf8',
  });
  if (gpu.error || gpu.status !== 0) throw new Error('bench gpu needs a GPU, and nvidia-smi to say which');
  console.log(`GPU: ${gpu.stdout.trim()}`);
  for (const precision of precisions) {
    for (const pairs of pairsList) compare(pairs, precision, rounds);
  }
  wholeRun();
}

function compare(pairs: number, precision: string, rounds: number): void {
  const python = process.env.PYTHON ?? 'python3';
  const settings = [String(pairs), precision, String(SECONDS)];
  const contenders: Contender[] = [
    { name: 'siamese', command: [process.execPath, path.join(__dirname, 'gpu-ours.js'), ...settings] },
    ...PEERS.map((variant) => ({
      name: `torch ${variant}`,
      command: [python, 'bench/peer_torch_gpu.py', variant, ...settings],
    })),
  ];
  const [ours, ...peers] = alternate(contenders, rounds);
  console.log(`\n${pairs} pairs, ${precision}, ${rounds} rounds of ${SECONDS} s, microseconds an iteration`);
  for (const timing of [ours!, ...peers]) {
    const { median, least, most } = ratio(timing, ours!);
    const us = (ms: number) => (ms * 1000).toFixed(1);
    console.log(
      `  ${timing.name.padEnd(15)} median ${us(timing.median).padStart(9)}  (${us(timing.least)} to ${us(timing.most)})` +
        `   its/ours ${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`,
    );
  }
}

/** 50,000 iterations of the MNIST solver as a user runs it, process start and snapshots included. */
function wholeRun(): void {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'siamese-bench-'));
  try {
    const solver = path.join(folder, 'solver.prototxt');
    const text = readFileSync(path.join(MODEL, 'solver.prototxt'), 'utf8')
      .replace(/^(snapshot_prefix|max_iter|solver_mode|net):.*\n/gm, '')
      .concat(`net: "${path.resolve(MODEL, 'train_val.prototxt')}"\nmax_iter: 50000\n`)
      .concat(`snapshot_prefix: "${path.join(folder, 'run')}"\n`);
    writeFileSync(solver, text);
    const started = performance.now();
    const run = spawnSync(process.execPath, ['bin/siamese', 'train', '--solver', solver, '--gpu', '0'], {
      encoding: 'utf8',
    });
    const seconds = (performance.now() - started) / 1000;
    if (run.status !== 0) throw new Error(run.stderr);
    console.log(`\nsiamese train --gpu 0, 50,000 iterations: ${seconds.toFixed(2)} s, process start included`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
