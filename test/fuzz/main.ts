/**
 * npm run fuzz -- [--count N] [--seed N] [--kind NAME]: N damaged inputs, spread evenly over all kinds, each kind in a process
 * of its own, so that a crash, a hang or a giant is found and the run goes on. Prints a table; exits with 1 on a failure.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { KINDS } from './kinds';
import type { Failure, Outcome } from './run';

/** Without progress for so long, a process hangs. */
const HANG = 60_000;
const ROOT = path.join(__dirname, '..', '..', '..', '..');

type Result = Outcome & { memory: number };

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      kind: { type: 'string' },
    },
  });
  const kinds = KINDS.filter(({ name }) => values.kind === undefined || name === values.kind);
  const each = Math.ceil(Number(values.count) / kinds.length);
  console.log('kind               inputs    read  refused  failures  slowest ms  memory MB  seconds');
  const failures: [string, Failure][] = [];
  let total = 0;
  for (const { name } of kinds) {
    const started = performance.now();
    const result = await runKind(name, Number(values.seed), each);
    total += result.read + result.refused + result.failures.length;
    const cells = [each, result.read, result.refused, result.failures.length, Math.round(result.slowest)];
    const widths = [8, 8, 9, 10, 12];
    const memory = Math.round(result.memory / 1e6);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const numbers = cells.map((cell, i) => String(cell).padStart(widths[i]!)).join('');
    console.log(`${name.padEnd(17)}${numbers}${String(memory).padStart(11)}${seconds.padStart(9)}`);
    for (const failure of result.failures) failures.push([name, failure]);
  }
  console.log(`${total} inputs, ${failures.length} failures, seed ${values.seed}`);
  for (const [name, { number, why }] of failures.slice(0, 40)) console.log(`\n${name}, input ${number}: ${why}`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

/** All inputs of a kind, in as many processes as it takes. */
async function runKind(name: string, seed: number, count: number): Promise<Result> {
  const sum: Result = { read: 0, refused: 0, failures: [], slowest: 0, memory: 0 };
  for (let from = 0; from < count; ) {
    const part = await runWorker(name, seed, from, count);
    if ('result' in part) {
      const { result } = part;
      sum.read += result.read;
      sum.refused += result.refused;
      sum.failures.push(...result.failures);
      sum.slowest = Math.max(sum.slowest, result.slowest);
      sum.memory = Math.max(sum.memory, result.memory);
      return sum;
    }
    // What the process had read before its end is not counted: the next one begins behind the input that ended it.
    sum.failures.push({ number: part.at, why: part.why });
    sum.read += Math.max(0, part.at - from);
    from = part.at + 1;
    if (sum.failures.length > 20) return sum;
  }
  return sum;
}

async function runWorker(
  name: string,
  seed: number,
  from: number,
  to: number,
): Promise<{ result: Result } | { at: number; why: string }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'siamese-fuzz-'));
  const at = () => {
    try {
      return readFileSync(path.join(folder, 'at')).readDoubleLE(0);
    } catch {
      return from; // not begun
    }
  };
  try {
    return await new Promise((resolve) => {
      const words = [path.join(__dirname, 'worker.js'), name, String(seed), String(from), String(to), folder, ROOT];
      const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
      let [out, err, hung] = ['', '', false];
      child.stdout.on('data', (data) => (out += data));
      child.stderr.on('data', (data) => (err += data));
      let [last, since] = [-1, Date.now()];
      const watch = setInterval(() => {
        const now = at();
        if (now !== last) [last, since] = [now, Date.now()];
        else if (Date.now() - since > HANG) {
          hung = true;
          child.kill('SIGKILL');
        }
      }, 500);
      child.on('close', (code, signal) => {
        clearInterval(watch);
        if (code === 0) resolve({ result: JSON.parse(out) as Result });
        else resolve({ at: at(), why: hung ? 'it hangs' : `crash: ${signal ?? `exit ${code}`}\n${err.slice(-2000)}` });
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main();
