/** bench train: the training step beside PyTorch's variants, in turn on one machine. */
import path from 'node:path';
import { compare } from './compare.js';

const PEERS = ['channels_last', 'batch', 'towers'];
const SECONDS = 3;

export function benchTrain(pairsList: number[], threadsList: number[], rounds: number): void {
  const python = process.env.PYTHON ?? 'python3';
  for (const threads of threadsList) {
    for (const pairs of pairsList) {
      const settings = [pairs, threads, SECONDS].map(String);
      compare(
        `${pairs} pairs, ${threads} thread(s), ms an iteration`,
        [
          { name: 'siamese', command: [process.execPath, path.join(__dirname, 'train-ours.js'), ...settings] },
          ...PEERS.map((variant) => ({
            name: `torch ${variant}`,
            command: [python, 'bench/peer_torch.py', variant, ...settings],
          })),
        ],
        rounds,
      );
    }
  }
}
