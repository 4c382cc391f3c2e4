/** Damaged input of every kind: an error of ours or a message, never anything else, and soon. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SiameseError } from '../../src/errors';
import { parseNet, parseSolver, readSolverState, readWeights } from '../../src/proto/files';
import { decode } from '../../src/proto/schema';
import { golden } from './golden';

/** Damaged inputs of each kind; seeded, so that a failure comes again. */
const ATTEMPTS = 120;

/** mulberry32 */
function generator(seed: number): (below: number) => number {
  let a = seed;
  return (below) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Runs `attempt` with one damaged input after another; returns how many were read and how many refused. */
function storm(seed: number, attempt: (random: (below: number) => number) => void): { read: number; refused: number } {
  const random = generator(seed);
  const counts = { read: 0, refused: 0 };
  for (let i = 0; i < ATTEMPTS; i++) {
    try {
      attempt(random);
      counts.read++;
    } catch (error) {
      if (!(error instanceof SiameseError)) throw error;
      expect(error.code).toBe('input');
      counts.refused++;
    }
  }
  return counts;
}

const SCRAPS = [
  '{',
  '}',
  '<',
  '>',
  '[',
  ']',
  ':',
  ',',
  ';',
  '-',
  '"',
  "'",
  '\\',
  '#',
  '\n',
  '\r',
  '\0',
  '\uFEFF',
  '\u00a0',
  '0x',
  '1e999',
  '-1',
  '.',
  'nan',
  'layer',
  'layers',
  'name',
  'phase: RUN',
  'true',
  '\ud800',
  '{1,2}',
  'input_dim: 3',
  'type: PADDING',
  'ransom_seed',
];

function damagedText(text: string, random: (below: number) => number): string {
  let out = text;
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(out.length + 1);
    switch (random(4)) {
      case 0:
        out = out.slice(0, at) + out.slice(at + 1 + random(8));
        break;
      case 1:
        out = out.slice(0, at) + SCRAPS[random(SCRAPS.length)]! + out.slice(at);
        break;
      case 2:
        out = out.slice(0, at) + out.slice(random(out.length + 1)).slice(0, 60) + out.slice(at);
        break;
      default:
        out = out.slice(0, at);
    }
  }
  return out;
}

function damagedBytes(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const out = Uint8Array.from(random(4) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes);
  for (let changes = random(6); changes > 0 && out.length > 0; changes--) {
    // Half of the damage where the structure is rather than the numbers: the first bytes of the file.
    const at = random(2) ? random(out.length) : random(Math.min(out.length, 800));
    out[at] = random(2) ? random(256) : out[at]! ^ (1 << random(8));
  }
  return out;
}

test.each([
  ['a current net', golden('mini', 'train_test.prototxt'), parseNet],
  ['an old net', golden('nets', 'v1_upgrade.prototxt'), parseNet],
  ["MyCaffe's net", path.join(__dirname, 'mycaffe', 'train_val.prototxt'), parseNet],
  ['a solver', path.join(__dirname, 'mycaffe', 'solver.prototxt'), parseSolver],
])('%s', (_what, file, parse) => {
  const text = readFileSync(file, 'utf8');
  const counts = storm(1, (random) => parse(damagedText(text, random), 'damaged.prototxt'));
  expect(counts.refused).toBeGreaterThan(20);
});

describe('bytes', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'fuzz-'));
  const file = path.join(folder, 'damaged');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    ['a caffemodel', 'init.caffemodel', readWeights],
    ['a solver state', 'type_adam_iter_100.solverstate', readSolverState],
  ])('%s', (_what, name, read) => {
    const bytes = readFileSync(golden('mini', name));
    const counts = storm(2, (random) => {
      writeFileSync(file, damagedBytes(bytes, random));
      read(file);
    });
    expect(counts.refused).toBeGreaterThan(20);
    expect(counts.read).toBeGreaterThan(0);
  });

  test('noise', () => {
    for (let seed = 3; seed < 20; seed++)
      storm(seed, (random) =>
        decode(
          'NetParameter',
          Uint8Array.from({ length: random(200) }, () => random(256)),
        ),
      );
  });
});
