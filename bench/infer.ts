/** bench infer: encoding the 10,000 test images of MNIST beside PyTorch. bench start: one image, from the shell and back. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { compare } from './compare.js';

export function benchInfer(threads: number, rounds: number): void {
  const python = process.env.PYTHON ?? 'python3';
  compare(
    `encoding 10,000 images, ${threads} thread(s), ms in all`,
    [
      { name: 'siamese', command: [process.execPath, path.join(__dirname, 'infer-ours.js'), String(threads)] },
      ...['100', '250', '1000'].map((batch) => ({
        name: `torch, ${batch} at once`,
        command: [python, 'bench/peer_infer.py', 'encode', batch, String(threads)],
      })),
    ],
    rounds,
  );
}

/** Needs a snapshot with centroids: of a training in this folder, or given. */
export function benchStart(snapshot: string | undefined, rounds: number): void {
  const python = process.env.PYTHON ?? 'python3';
  const image = 'models/siamese_mnist/images/seven.png';
  // By its own first line, as npm installs it.
  const words = ['match', image, ...(snapshot ? ['--snapshot', snapshot] : [])];
  const programs: [string, string[]][] = [
    ['siamese match', ['bin/siamese', ...words]],
    ['bare node', [process.execPath, '-e', '0']],
    ['torch', [python, 'bench/peer_infer.py', 'one', image]],
  ];
  const times = programs.map(() => [] as number[]);
  for (let round = 0; round < rounds; round++) {
    for (const [i, [, [program, ...args]]] of programs.entries()) {
      const start = performance.now();
      const { status, stderr } = spawnSync(program!, args, { encoding: 'utf8' });
      times[i]!.push(performance.now() - start);
      if (status !== 0) throw new Error(stderr);
    }
  }
  for (const [i, [name]] of programs.entries()) {
    const sorted = times[i]!.sort((a, b) => a - b);
    const [least, median, most] = [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
    console.log(`${name.padEnd(14)} median ${median.toFixed(0)} ms (${least.toFixed(0)} to ${most.toFixed(0)})`);
  }
}
