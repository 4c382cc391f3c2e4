/** bench quality: trains the nets of models/ with several seeds and says what each reaches: mean, spread, processor time. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { formatText, readNet, readSolver } from 'siamese';
import { makeRuns } from './omniglot-runs.js';

const ROOT = path.join(__dirname, '..', '..');
const BIN = path.join(ROOT, 'bin', 'siamese');
/** Alphabets that the Omniglot nets are measured on, not trained. */
const HELD_OUT = ['Korean', 'Latin'];
const RUNS_OF_EACH = 100;

interface Quality {
  solver: string;
  /** Classes and groups that are left out of the training besides those that the net leaves out. */
  holdOut?: readonly string[];
  /** What to ask of a net trained in `folder`; every figure's name and value. */
  measure(snapshot: string, folder: string): Record<string, number>;
}

const byCentroid = (snapshot: string) => ({ 'nearest centroid': test(['--no-baselines'], snapshot).accuracy });

const NETS: Record<string, Quality> = {
  mnist64: { solver: 'models/siamese_mnist/solver_supcon.prototxt', measure: byCentroid },
  mnist2: { solver: 'models/siamese_mnist/solver_warped.prototxt', measure: byCentroid },
  fashion: { solver: 'models/siamese_fashion_mnist/solver.prototxt', measure: byCentroid },
  unseen: {
    solver: 'models/siamese_mnist/solver_unseen.prototxt',
    measure: (snapshot) => openSet(test(['--no-baselines', '--metrics', 'all', '--tta', '16'], snapshot).measured),
  },
  omniglot: {
    solver: 'models/siamese_omniglot/solver.prototxt',
    holdOut: HELD_OUT,
    measure: (snapshot, folder) => {
      const runs = path.join(folder, 'runs');
      makeRuns('data/omniglot', HELD_OUT, RUNS_OF_EACH, runs);
      const errorOf = (tta: number) => test(['--no-baselines', '--runs', runs, '--tta', String(tta)], snapshot).error;
      return { 'one-shot error': errorOf(1), '... with --tta 20': errorOf(20) };
    },
  },
};

export interface QualityOptions {
  seeds: number;
  /** 0: one for each core. */
  threads: number;
  /** In place of each solver's own, for a trial. */
  iterations: number | undefined;
}

/** `names`: of NETS, all by default. Writes below build/quality, where the snapshots stay. */
export function benchQuality(names: readonly string[], options: QualityOptions): void {
  for (const name of names.length > 0 ? names : Object.keys(NETS)) {
    const net = NETS[name];
    if (!net) throw new Error(`${name} is none of ${Object.keys(NETS).join(', ')}`);
    const results = new Map<string, number[]>();
    const seconds: number[] = [];
    for (let seed = 1; seed <= options.seeds; seed++) {
      const folder = path.join(ROOT, 'build', 'quality', `${name}-${seed}`);
      const trained = train(net, folder, seed, options);
      seconds.push(trained.seconds);
      for (const [figure, value] of Object.entries(net.measure(trained.snapshot, folder))) {
        results.set(figure, [...(results.get(figure) ?? []), value]);
        console.log(
          `${name}, seed ${seed}: ${figure} ${percent(value)}, ${trained.seconds.toFixed(0)} s of processor time`,
        );
      }
    }
    for (const [figure, values] of results) console.log(`${name}: ${figure} ${summary(values)}`);
    console.log(`${name}: ${Math.min(...seconds).toFixed(0)} to ${Math.max(...seconds).toFixed(0)} s`);
  }
}

/** Trains into `folder`, which is made anew. */
function train(net: Quality, folder: string, seed: number, { threads, iterations }: QualityOptions) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const solver = readSolver(path.join(ROOT, net.solver)).message;
  const param = readNet(path.join(ROOT, solver.net!)).message;
  for (const { data_param } of param.layer ?? []) {
    if (data_param && net.holdOut) data_param.hold_out = [...(data_param.hold_out ?? []), ...net.holdOut];
  }
  const [netFile, solverFile] = [path.join(folder, 'net.prototxt'), path.join(folder, 'solver.prototxt')];
  writeFileSync(netFile, formatText('NetParameter', param));
  const most = iterations ?? solver.max_iter!;
  Object.assign(solver, { max_iter: most, snapshot: most, net: netFile, snapshot_prefix: path.join(folder, 'net') });
  writeFileSync(solverFile, formatText('SolverParameter', solver));
  const words = ['train', '--solver', solverFile, '--seed', String(seed), '--threads', String(threads)];
  const seconds = processorTime(words);
  return { snapshot: path.join(folder, `net_iter_${most}.caffemodel`), seconds };
}

/** Seconds, user and system, of `siamese WORDS`. */
function processorTime(words: readonly string[]): number {
  const done = spawnSync('/bin/sh', ['-c', '"$@" >/dev/null || exit; times', 'sh', process.execPath, BIN, ...words], {
    encoding: 'utf8',
    cwd: ROOT,
  });
  if (done.status !== 0) throw new Error(done.stderr);
  // The second line is of the shell's children: "4m58.120000s 0m1.230000s".
  const times = done.stdout
    .trim()
    .split('\n')
    .at(-1)!
    .matchAll(/(\d+)m([\d.]+)s/g);
  return [...times].reduce((sum, [, minutes, rest]) => sum + 60 * Number(minutes) + Number(rest), 0);
}

interface TestAnswer {
  accuracy: number;
  error: number;
  measured: { name: string; value: number }[];
}

function test(flags: readonly string[], snapshot: string): TestAnswer {
  const solver = flags.includes('--runs') ? [] : ['--solver', path.join(path.dirname(snapshot), 'solver.prototxt')];
  const words = [BIN, 'test', '--json', '--snapshot', snapshot, ...solver, ...flags];
  const { status, stdout, stderr, error } = spawnSync(process.execPath, words, {
    encoding: 'utf8',
    cwd: ROOT,
    maxBuffer: 2 ** 28, // every mistake is named
  });
  if (status !== 0) throw error ?? new Error(stderr);
  return JSON.parse(stdout) as TestAnswer;
}

function openSet(measured: TestAnswer['measured']): Record<string, number> {
  const wanted = ['accuracy, one image each', 'open-set AUROC'];
  return Object.fromEntries(wanted.map((name) => [name, measured.find((figure) => figure.name === name)!.value]));
}

function summary(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return `${percent(mean)} (${percent(Math.min(...values))} to ${percent(Math.max(...values))}), ${values.length} seeds`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
