/** siamese train: runs a solver, with Caffe's log, signals and files, and centroids beside each snapshot. */
import { SiameseError } from '../../errors.js';
import { readSolver } from '../../proto/files.js';
import type { SolverParameter } from '../../proto/messages.js';
import { Solver } from '../../solver/solver.js';
import { type Call, refuseArguments, usageError } from '../call.js';
import { chosenDecoder } from '../decoding.js';
import { rememberRun } from '../runs.js';
import { catchSignals } from '../signals.js';
import { writeSnapshotCentroids } from '../snapshot-centroids.js';
import { trainingDevice } from '../solver-mode.js';
import type { Terminal } from '../terminal.js';
import { dataAdvice, lastWords, TrainOutput } from '../train-output.js';

/** Seconds: a short run is mostly its first batch. */
const LONG_ENOUGH = 20;

export async function run(call: Call): Promise<number> {
  refuseArguments(call);
  const { flags, terminal } = call;
  const file = flags.solver;
  if (file === undefined) throw usageError('train needs a solver', 'siamese train --solver SOLVER.prototxt');
  if (flags.snapshot !== undefined && flags.weights !== undefined) {
    throw usageError('give --snapshot to go on with a run, or --weights to start from weights, but not both');
  }
  const { message, warnings } = readSolver(file);
  for (const warning of warnings) terminal.warn(warning);
  const device = trainingDevice(call, message);

  const started = performance.now();
  const output = new TrainOutput(terminal, flags);
  let toldOfCentroids = false;
  const solver = await Solver.create({
    solver: withFlags(message, call),
    file,
    ...(flags.weights && { weights: flags.weights }),
    ...(flags.snapshot !== undefined && { snapshot: flags.snapshot }),
    onEvent: output.listen,
    afterSnapshot: async (context) => {
      const centroids = await writeSnapshotCentroids(context, call, device);
      const { iteration: iter, caffemodel, solverstate } = context.files;
      const written = 'file' in centroids ? centroids.file : undefined;
      remember({ iter, solver: file, caffemodel, solverstate, centroids: written }, terminal);
      if ('reason' in centroids && !toldOfCentroids) terminal.talk(`note: no centroids: ${centroids.reason}`);
      toldOfCentroids = true;
      return written === undefined ? [] : [written];
    },
    monitor: flags.monitor,
    displayStatistics: flags['label-stats'] === true,
    threads: flags.threads,
    decoder: chosenDecoder(call),
    towers: flags.towers,
    fuse: flags.fuse,
    device,
  });
  const signals = catchSignals(solver, flags, terminal);
  let statistics: object = {};
  try {
    await solver.train();
    if (flags['label-stats']) statistics = { labelStatistics: solver.statistics() };
  } finally {
    signals.release();
    output.finish();
    await solver.dispose();
  }
  const { summary } = output;
  const last = summary.snapshots.at(-1);
  const seconds = (performance.now() - started) / 1000;
  terminal.talk(lastWords(summary, seconds));
  const advice = dataAdvice(summary);
  if (advice && seconds > LONG_ENOUGH) terminal.talk(`note: ${advice}`);
  if (terminal.json) {
    terminal.outJson('siamese.train/1', { ...summary, seconds, seed: solver.seed, ...statistics });
  } else if (last) {
    terminal.out(last.caffemodel);
  }
  if (summary.stoppedEarly && last) terminal.next(`siamese train --solver ${file} --snapshot ${last.solverstate}`);
  else if (last)
    terminal.next(`siamese test --snapshot ${last.caffemodel}${last.extra.length > 0 ? '' : ' --iterations 100'}`);
  return signals.exitCode ?? 0;
}

/** A training must not end because a list of runs cannot be written. */
function remember(record: Parameters<typeof rememberRun>[0], terminal: Terminal): void {
  try {
    rememberRun(record);
  } catch (error) {
    if (!(error instanceof SiameseError)) throw error;
    terminal.warn(error);
  }
}

/** The solver with what the command line replaces. */
function withFlags(solver: SolverParameter, { flags }: Call): SolverParameter {
  if (flags.seed !== undefined) solver.random_seed = flags.seed;
  if (flags['max-iter'] !== undefined) solver.max_iter = flags['max-iter'];
  if (flags.level !== 0 || flags.stage !== undefined) {
    solver.train_state = { ...solver.train_state, level: flags.level, stage: flags.stage ?? [] };
  }
  return solver;
}
