/** bench train: the training step beside PyTorch's variants, in turn on one machine. */
import path from 'node:path';
import { alternate, type Contender, ratio } from './alternate.js';

const PEERS = ['channels_last', 'batch', 'towers'];
const SECONDS = 3;

export function benchTrain(pairsList: number[], threadsList: number[], rounds: number): void {
  const python = process.env.PYTHON ?? 'python3';
  for (const threads of threadsList) {
    for (const pairs of pairsList) {
      const settings = [pairs, threads, SECONDS].map(String);
      const contenders: Contender[] = [
        { name: 'siamese', command: [process.execPath, path.join(__dirname, 'train-ours.js'), ...settings] },
        ...PEERS.map((variant) => ({
          name: `torch ${variant}`,
          command: [python, 'bench/peer_torch.py', variant, ...settings],
        })),
      ];
      const [ours, ...peers] = alternate(contenders, rounds);
      console.log(`\n${pairs} pairs, ${threads} thread(s), ${rounds} rounds of ${SECONDS} s, ms an iteration`);
      for (const timing of [ours!, ...peers]) {
        const { median, least, most } = ratio(ours!, timing);
        console.log(
          `  ${timing.name.padEnd(20)} median ${timing.median.toFixed(2).padStart(8)}` +
            `  (${timing.least.toFixed(2)} to ${timing.most.toFixed(2)})  best tenth ${timing.bestTenth.toFixed(2)}` +
            `   ours/its ${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`,
        );
      }
    }
  }
}
