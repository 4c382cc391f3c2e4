/**
 * Our training step on a GPU, timed as users get it: the Solver with its feed, loss, backward and update.
 * usage: gpu-ours.js PAIRS PRECISION SECONDS [NET]     prints one JSON line {variant, pairs, precision, ms}
 */
import { readNet, Solver } from 'siamese';

/** Iterations between two looks at the clock, as the peers'. */
const STRETCH = 200;

async function main(): Promise<void> {
  const [pairs, seconds] = [Number(process.argv[2]), Number(process.argv[4])];
  const precision = process.argv[3] === 'tf32' ? 'tf32' : 'fp32';
  const net = readNet(process.argv[5] ?? 'models/siamese_mnist/train_val.prototxt').message;
  for (const layer of net.layer ?? []) if (layer.data_param) layer.data_param.batch_size = pairs;
  const solver = await Solver.create({
    solver: {
      net_param: net,
      base_lr: 0.001,
      momentum: 0.9,
      lr_policy: 'fixed',
      max_iter: 1_000_000_000,
      snapshot_after_train: false,
      random_seed: 1701,
    },
    device: { type: 'cuda', precision },
  });
  await solver.train(STRETCH);
  const ms: number[] = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const start = performance.now();
    await solver.train(solver.iter + STRETCH);
    ms.push((performance.now() - start) / STRETCH);
  }
  await solver.dispose();
  console.log(JSON.stringify({ variant: 'siamese', pairs, precision, ms }));
}

void main();
