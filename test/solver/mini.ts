/** The small siamese net that Caffe trained: solvers by name, their golden values, and a run of ours in a folder of its own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readSolver } from '../../src/proto/files';
import type { SolverParameter } from '../../src/proto/messages';
import type { DisplayEvent, SolverEvent } from '../../src/solver/events';
import { Solver, type SolverOptions } from '../../src/solver/solver';

/** A run takes a second on an idle machine. */
jest.setTimeout(120_000);

export const MINI = path.join(__dirname, '..', 'golden', 'mini');
export const mini = (name: string) => path.join(MINI, name);

export interface Golden {
  loss: number[];
  lr: number[];
  final_forward_loss: number | null;
  tests: { iter: number; result: { mean_total_loss: number; outputs: { name: string; value: number }[] } }[];
  grad_l2_before_clip_and_decay: number[][];
  param_l2_after_update: number[][];
}

export const golden = (name: string): Golden => JSON.parse(readFileSync(mini(`${name}.json`), 'utf8'));

export interface Run {
  solver: Solver;
  events: SolverEvent[];
  folder: string;
  displays(): DisplayEvent[];
}

const open: Run[] = [];

/** A solver of the golden set, writing into a fresh folder. */
export async function start(
  name: string,
  change: Partial<SolverParameter> = {},
  options: Partial<SolverOptions> = {},
): Promise<Run> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'siamese-solver-'));
  const events: SolverEvent[] = [];
  const file = mini(`${name}.prototxt`);
  const solver = await Solver.create({
    file,
    solver: { ...readSolver(file).message, snapshot_prefix: path.join(folder, name), ...change },
    ...(options.snapshot === undefined && { weights: [mini('init.caffemodel')] }),
    onEvent: (event) => events.push(event),
    threads: 1, // one core is as fast for so small a net, and fair to whatever runs beside
    ...options,
  });
  const displays = () => events.filter((event) => event.type === 'display');
  const run = { solver, events, folder, displays };
  open.push(run);
  return run;
}

/** For afterEach. */
export async function closeAll(): Promise<void> {
  for (const { solver, folder } of open.splice(0)) {
    await solver.dispose();
    rmSync(folder, { recursive: true, force: true });
  }
}

export function relative(actual: number, expected: number): number {
  return Math.abs(actual - expected) / Math.max(Math.abs(expected), 1e-12);
}
