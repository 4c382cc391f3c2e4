/** Random nets: whatever the graph, the plan computes what the net says. */
import { net } from '../net/nets.js';
import { expectEqual } from './equal.js';
import { randomNet } from './random-net.js';

// RANDOM_NETS=5000 npx jest test/plan/random, after a change to the compiler.
const BATCHES = [2, 1, 3, 17];
const COUNT = Number(process.env.RANDOM_NETS ?? 50);

test(`${COUNT} of them`, () => {
  const merged = new Set<number>();
  for (let seed = 0; seed < COUNT; seed++) {
    const text = randomNet(seed, BATCHES[seed % BATCHES.length]!);
    try {
      const built = net(text);
      const plan = expectEqual(built);
      if (plan.layers.some((layer) => layer.merged)) merged.add(seed);
      expectEqual(built, { keep: 'all' });
      expectEqual(built, { towers: false });
      expectEqual(net(text, { phase: 'TEST' }));
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}\n${text}`, { cause: error });
    }
  }
  // The towers pass has work to do in a good part of them.
  expect(merged.size).toBeGreaterThan(COUNT / 12);
});
