/**
 * Our training step of a large tower: forward, backward, update.
 * usage: tower-ours.js NET BATCH THREADS SECONDS     prints one JSON line {variant, ms}
 */
import { parseNet, Solver } from 'siamese';
import { type TowerName, towerText } from './nets.js';

async function main(): Promise<void> {
  const name = process.argv[2] as TowerName;
  const [batch, threads, seconds] = process.argv.slice(3, 6).map(Number) as [number, number, number];
  const solver = await Solver.create({
    solver: {
      net_param: parseNet(towerText(name, batch), name).message,
      base_lr: 0.0001,
      momentum: 0.9,
      lr_policy: 'fixed',
      max_iter: 1_000_000_000,
      snapshot_after_train: false,
      random_seed: 1701,
    },
    threads,
  });
  await solver.train(1);
  const ms: number[] = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end || ms.length < 3) {
    const start = performance.now();
    await solver.train(solver.iter + 1);
    ms.push(performance.now() - start);
  }
  await solver.dispose();
  console.log(JSON.stringify({ variant: 'siamese', ms }));
}

void main();
