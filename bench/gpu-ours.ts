/**
 * Our training step of a net of pairs on a GPU.
 * usage: gpu-ours.js PAIRS PRECISION SECONDS [NET]     prints one JSON line {variant, pairs, precision, ms}
 */
import { netOfPairs } from './nets.js';
import { timeSteps } from './training-step.js';

async function main(): Promise<void> {
  const [pairs, seconds] = [Number(process.argv[2]), Number(process.argv[4])];
  const precision = process.argv[3] === 'tf32' ? 'tf32' : 'fp32';
  const device = { type: 'cuda', precision } as const;
  // As many iterations as the peers take between two waits for the GPU.
  const ms = await timeSteps(netOfPairs(pairs, process.argv[5]), { device }, { stretch: 200, seconds });
  console.log(JSON.stringify({ variant: 'siamese', pairs, precision, ms }));
}

void main();
