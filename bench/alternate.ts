/** Runs commands in turn, round after round, and compares medians: the only way to time on a machine that others share. */
import { spawnSync } from 'node:child_process';

export interface Contender {
  name: string;
  command: string[];
}

export interface Timing {
  name: string;
  /** Milliseconds: median over rounds of each round's median, and the extremes of these. */
  median: number;
  least: number;
  most: number;
  /** Median of the fastest tenth of all samples: what the machine can do when left alone. */
  bestTenth: number;
  /** Each round's median, so that ratios can be taken round by round. */
  rounds: number[];
}

/** Each command prints JSON with an array `ms` as its last line. */
export function alternate(contenders: Contender[], rounds: number): Timing[] {
  const samples = contenders.map(() => [] as number[][]);
  for (let round = 0; round < rounds; round++) {
    contenders.forEach(({ name, command }, i) => {
      const [program, ...args] = command as [string, ...string[]];
      const run = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      if (run.status !== 0) throw new Error(`${name} failed: ${command.join(' ')}\n${run.error ?? run.stderr}`);
      samples[i]!.push((JSON.parse(run.stdout.trim().split('\n').at(-1)!) as { ms: number[] }).ms);
    });
  }
  return contenders.map(({ name }, i) => summary(name, samples[i]!));
}

/** Ratio of medians round by round: median, least, most. */
export function ratio(ours: Timing, peer: Timing): { median: number; least: number; most: number } {
  const each = ours.rounds.map((mine, i) => mine / peer.rounds[i]!);
  return { median: median(each), least: Math.min(...each), most: Math.max(...each) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** Median of the fastest tenth: what the machine can do when left alone. */
export function bestTenth(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return median(sorted.slice(0, Math.max(1, Math.floor(sorted.length / 10))));
}

function summary(name: string, rounds: number[][]): Timing {
  const medians = rounds.map(median);
  return {
    name,
    median: median(medians),
    least: Math.min(...medians),
    most: Math.max(...medians),
    bestTenth: bestTenth(rounds.flat()),
    rounds: medians,
  };
}
