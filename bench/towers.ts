/** bench towers: the training step of large towers beside PyTorch's variants, in turn on one machine. */
import path from 'node:path';
import { compare } from './compare.js';

const SECONDS = 5;

export function benchTowers(names: string[], batches: number[], threads: number, rounds: number): void {
  const python = process.env.PYTHON ?? 'python3';
  for (const name of names) {
    for (const batch of batches) {
      const settings = [name, batch, threads, SECONDS].map(String);
      compare(
        `${name}, ${batch} images, ${threads} thread(s), ms an iteration`,
        [
          { name: 'siamese', command: [process.execPath, path.join(__dirname, 'tower-ours.js'), ...settings] },
          ...['channels_last', 'plain'].map((variant) => ({
            name: `torch ${variant}`,
            command: [python, 'bench/peer_towers.py', variant, ...settings],
          })),
        ],
        rounds,
      );
    }
  }
}
