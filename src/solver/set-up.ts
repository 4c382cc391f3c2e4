/** A solver's nets, built, filled and loaded, in Caffe's order: so that one random_seed gives Caffe's own weights. */
import { randomInt } from 'node:crypto';
import type { Decoder } from '../data/decoder.js';
import { type Device, type NativeRandom, native } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { readWeights } from '../proto/files.js';
import type { SolverParameter } from '../proto/messages.js';
import { formatText } from '../proto/text.js';
import type { SnapshotContext, SolverListener } from './events.js';
import { initialWeights } from './initial-weights.js';
import { policyWarnings } from './rates.js';
import { RunnableNet } from './runnable-net.js';
import { checkSolver, type NetRequest, planSolver, solverNets, solverWarnings } from './settings.js';
import { applyWeights } from './weights.js';

export interface SolverOptions {
  solver: SolverParameter;
  /** The solver's file: nets that are not in the current directory are looked for beside it. */
  file?: string;
  /** Weight files to start from, instead of the solver's own `weights`; each may be a comma-separated list. */
  weights?: readonly string[];
  /** A .solverstate to go on from; then no other weights are loaded. */
  snapshot?: string;
  onEvent?: SolverListener;
  /** Called after each snapshot with the weights it holds; returns the names of files it wrote beside it. */
  afterSnapshot?: (context: SnapshotContext) => Promise<string[]>;
  /** Label query statistics with each display. */
  displayStatistics?: boolean;
  /** Encodings looked at with each display; true unless said. */
  monitor?: boolean;
  threads?: number;
  towers?: boolean;
  fuse?: boolean;
  /** Default: as solver_mode and device_id say, the CPU where they say nothing. */
  device?: Device | undefined;
  residentLimit?: number;
  /** Who decodes images; by default the threads that all data sets share, one for each core. */
  decoder?: Decoder | undefined;
}

export interface BuiltNets {
  train: RunnableNet;
  tests: RunnableNet[];
  seed: number;
}

export async function buildNets(options: SolverOptions, emit: SolverListener): Promise<BuiltNets> {
  const { solver, file } = options;
  checkSolver(solver);
  for (const warning of [...policyWarnings(solver), ...solverWarnings(solver)]) emit({ type: 'warning', warning });
  const requests = solverNets(solver, file);
  for (const warning of requests.warnings) emit({ type: 'warning', warning });
  emit({ type: 'initializing', text: formatText('SolverParameter', solver) });

  const given = solver.random_seed ?? -1;
  // Caffe's seeds are ints; what the clock gives must be one too, so that it can be given again.
  const seed = given >= 0 ? given : randomInt(2 ** 31 - 1);
  if (given < 0) emit({ type: 'seed', seed });
  const random = native().createRandom(seed);
  const files = options.snapshot === undefined ? weightFiles(options.weights ?? solver.weights ?? []) : [];
  const nets: RunnableNet[] = [];
  const add = async (request: NetRequest, index: number) => {
    const { phase, from } = request;
    emit({ type: 'net', phase, index: Math.max(0, index), from });
    const net = await buildOne(request, index < 0, seed, options, emit);
    nets.push(net);
    fill(net, random);
    loadFiles(net, files, emit);
    return net;
  };
  try {
    const train = await add(requests.train, -1);
    const tests: RunnableNet[] = [];
    for (const [i, request] of requests.tests.entries()) tests.push(await add(request, i));
    emit({ type: 'ready' });
    return { train, tests, seed };
  } catch (error) {
    for (const net of nets) await net.dispose();
    throw error;
  }
}

/** Caffe's lists of weight files: repeated fields, commas, blanks around them. */
export function weightFiles(lists: readonly string[]): string[] {
  return lists.flatMap((list) => list.split(',')).flatMap((name) => (name.trim() ? [name.trim()] : []));
}

/** Loads each file into the net, in order; says which layers found no counterpart. */
export function loadFiles(net: RunnableNet, files: readonly string[], emit: SolverListener): void {
  for (const file of files) {
    const { loaded, ignored, missing } = applyWeights(net.net, net.engine, readWeights(file), file);
    emit({ type: 'weights', file, ignored, missing });
    if (loaded.length > 0) continue;
    const warning = new SiameseError(
      'input',
      `no layer of ${file} has a counterpart of the same name in net ${net.net.name}`,
      {
        help: 'weights are loaded by layer name; every layer keeps its fill',
      },
    );
    emit({ type: 'warning', warning });
  }
}

async function buildOne(
  request: NetRequest,
  train: boolean,
  seed: number,
  options: SolverOptions,
  emit: SolverListener,
): Promise<RunnableNet> {
  const { threads, towers, fuse, residentLimit, decoder, solver } = options;
  const asked: Device = solver.solver_mode === 'GPU' ? { type: 'cuda', gpu: solver.device_id ?? 0 } : { type: 'cpu' };
  const device = options.device ?? asked;
  return RunnableNet.build(request, {
    seed,
    solver: train ? planSolver(solver) : undefined,
    keepAll: train && solver.debug_info === true,
    monitor: train && options.monitor !== false,
    threads,
    towers,
    fuse,
    device,
    residentLimit,
    decoder,
    warn: (warning) => emit({ type: 'warning', warning }),
    onRestart: (layer) => emit({ type: 'restart', layer }),
  });
}

function fill(net: RunnableNet, random: NativeRandom): void {
  net.engine.writeArena('param', initialWeights(net.net, net.plan, random));
}
