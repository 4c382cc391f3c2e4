/**
 * Our training step of a net of pairs.
 * usage: train-ours.js PAIRS THREADS SECONDS [NET]     prints one JSON line {variant, pairs, threads, ms}
 */
import { netOfPairs } from './nets.js';
import { timeSteps } from './training-step.js';

async function main(): Promise<void> {
  const [pairs, threads, seconds] = process.argv.slice(2, 5).map(Number) as [number, number, number];
  const ms = await timeSteps(netOfPairs(pairs, process.argv[5]), { threads }, { stretch: 10, seconds });
  console.log(JSON.stringify({ variant: 'siamese', pairs, threads, ms }));
}

void main();
