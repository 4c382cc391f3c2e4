/** Runs of one-shot classification as Lake et al. (2015) made them, out of alphabets that lie in folders of characters. */
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const CHARACTERS = 20;
const DRAWERS = 20;

/**
 * Writes `count` runs of each alphabet into `output`: 20 of its characters as one hand drew them (`training/`), and as
 * another did (`test/`), with `class_labels.txt`. The hands are those of the files' numbers (`0394_07.png`: the seventh).
 */
export function makeRuns(root: string, alphabets: readonly string[], count: number, output: string): void {
  rmSync(output, { recursive: true, force: true });
  for (const [a, alphabet] of alphabets.entries()) {
    for (let r = 0; r < count; r++) {
      const below = dice(a * count + r);
      const run = `run${String(a * count + r + 1).padStart(4, '0')}`;
      const all = readdirSync(path.join(root, alphabet)).sort();
      const characters = shuffled(all.length, below)
        .slice(0, CHARACTERS)
        .map((i) => all[i]!);
      const first = below(DRAWERS);
      const second = (first + 1 + below(DRAWERS - 1)) % DRAWERS;
      for (const part of ['training', 'test']) mkdirSync(path.join(output, run, part), { recursive: true });
      const order = shuffled(CHARACTERS, below);
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

/** Whole numbers below a limit, by the generator mulberry32. */
function dice(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

function shuffled(count: number, below: (limit: number) => number): number[] {
  const items = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = below(i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
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
