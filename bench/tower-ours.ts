/**
 * Our training step of a large tower.
 * usage: tower-ours.js NET BATCH THREADS SECONDS     prints one JSON line {variant, ms}
 */
import { parseNet } from 'siamese';
import { type TowerName, towerText } from './nets.js';
import { timeSteps } from './training-step.js';

async function main(): Promise<void> {
  const name = process.argv[2] as TowerName;
  const [batch, threads, seconds] = process.argv.slice(3, 6).map(Number) as [number, number, number];
  const ms = await timeSteps(parseNet(towerText(name, batch), name).message, { threads }, { stretch: 1, seconds });
  console.log(JSON.stringify({ variant: 'siamese', ms }));
}

void main();
