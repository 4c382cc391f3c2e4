/** Runs of one-shot classification as Lake et al. (2015) made them, out of alphabets that lie in folders of characters. */
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Random } from '../dist/data/random.js';

const CHARACTERS = 20;
const DRAWERS = 20;
const SEED = 7;

/**
 * Writes `count` runs of each alphabet into `output`: 20 of its characters as one hand drew them (`training/`), and as
 * another did (`test/`), with `class_labels.txt`. The hands are those of the files' numbers (`0394_07.png`: the seventh).
 */
export function makeRuns(root: string, alphabets: readonly string[], count: number, output: string): void {
  rmSync(output, { recursive: true, force: true });
  for (const [a, alphabet] of alphabets.entries()) {
    for (let r = 0; r < count; r++) {
      const random = Random.seeded(SEED, a, r);
      const run = `run${String(a * count + r + 1).padStart(4, '0')}`;
      const all = readdirSync(path.join(root, alphabet)).sort();
      const characters = [...shuffled(all.length, random)].slice(0, CHARACTERS).map((i) => all[i]!);
      const first = random.below(DRAWERS);
      const second = (first + 1 + random.below(DRAWERS - 1)) % DRAWERS;
      for (const part of ['training', 'test']) mkdirSync(path.join(output, run, part), { recursive: true });
      const order = shuffled(CHARACTERS, random);
      const lines = characters.map((character, i) => {
        const folder = path.join(root, alphabet, character);
        const [example, item] = [`training/class${twoDigits(i)}.png`, `test/item${twoDigits(order[i]!)}.png`];
        copyFileSync(drawing(folder, first), path.join(output, run, example));
        copyFileSync(drawing(folder, second), path.join(output, run, item));
        return `${run}/${item} ${run}/${example}`;
      });
      writeFileSync(path.join(output, run, 'class_labels.txt'), `${lines.sort().join('\n')}\n`);
    }
  }
}

function shuffled(count: number, random: Random): Int32Array {
  return random.shuffle(Int32Array.from({ length: count }, (_, i) => i));
}

function twoDigits(index: number): string {
  return String(index + 1).padStart(2, '0');
}

function drawing(folder: string, hand: number): string {
  const ending = `_${twoDigits(hand)}.png`;
  const found = readdirSync(folder).find((name) => name.endsWith(ending));
  if (!found) throw new Error(`${folder} has no drawing ${ending}`);
  return path.join(folder, found);
}
