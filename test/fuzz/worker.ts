/** The process that reads damaged inputs: worker.js KIND SEED FROM TO FOLDER ROOT. What it is at stands in FOLDER/at. */
import { openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { KINDS } from './kinds';
import { MOST_MEMORY, runAttempts } from './run';

const PATIENCE = 10_000;

async function main([name, seed, from, to, folder, root]: string[]): Promise<void> {
  const kind = KINDS.find((candidate) => candidate.name === name)!;
  const attempt = await kind.prepare(folder!, root!);
  const at = openSync(path.join(folder!, 'at'), 'w+');
  const place = Buffer.alloc(8);
  let memory = 0;
  const crossed: number[] = [];
  const outcome = await runAttempts(attempt, {
    seed: Number(seed),
    from: Number(from),
    to: Number(to),
    patience: PATIENCE,
    onInput: (number) => {
      place.writeDoubleLE(number);
      writeSync(at, place, 0, 8, 0);
      const now = process.resourceUsage().maxRSS * 1024;
      if (now > MOST_MEMORY && memory <= MOST_MEMORY) crossed.push(number - 1);
      memory = Math.max(memory, now);
    },
  });
  for (const number of crossed) outcome.failures.push({ number, why: `more than 1 GB of memory (${memory})` });
  process.stdout.write(JSON.stringify({ ...outcome, memory }));
}

main(process.argv.slice(2));
