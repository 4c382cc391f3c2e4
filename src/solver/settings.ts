/** Which nets a solver asks for and whether its settings make sense: everything Caffe checks before the first iteration. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { nearest, SiameseError } from '../errors.js';
import type { Phase } from '../layers/layer.js';
import type { PlanSolver } from '../plan/plan.js';
import { readNet } from '../proto/files.js';
import type { NetParameter, NetState, SolverParameter } from '../proto/messages.js';
import { positionOf } from '../proto/positions.js';
import { filled } from '../proto/schema.js';
import { checkPolicy } from './rates.js';

/** A net to be built: its message, its state, and where it came from in Caffe's words ("net file: x.prototxt"). */
export interface NetRequest {
  param: NetParameter;
  phase: Phase;
  level: number;
  stages: string[];
  from: string;
  /** Folder of its file, for relative names inside it; undefined for a net written in the solver itself. */
  folder: string | undefined;
}

export interface SolverNets {
  train: NetRequest;
  tests: NetRequest[];
  warnings: SiameseError[];
}

const TYPES = ['SGD', 'Nesterov', 'AdaGrad', 'RMSProp', 'AdaDelta', 'Adam', 'AdamW'];
const TRAIN_FIELDS = ['train_net_param', 'train_net', 'net_param', 'net'] as const;

/** Refuses settings that Caffe refuses. */
export function checkSolver(solver: SolverParameter): void {
  const s = filled('SolverParameter', solver);
  const fail = (field: string, message: string, help?: string): never => {
    throw new SiameseError('input', message, { at: positionOf(solver, field), help });
  };
  const type = solverType(solver);
  if ((type === 'AdaGrad' || type === 'RMSProp') && s.momentum !== 0) {
    fail('momentum', `momentum cannot be used with ${type}`, 'remove it, or use type: "Adam"');
  }
  if (type === 'RMSProp' && !(s.rms_decay >= 0 && s.rms_decay < 1)) fail('rms_decay', 'rms_decay must be in [0, 1)');
  if (s.max_iter < 0) fail('max_iter', 'max_iter is negative');
  if (s.iter_size < 1) fail('iter_size', 'iter_size must be at least 1');
  if (s.warmup_iter < 0) fail('warmup_iter', 'warmup_iter is negative');
  if (s.average_loss < 1) fail('average_loss', 'average_loss must be at least 1');
  for (const field of ['display', 'snapshot', 'test_interval'] as const) {
    if (s[field] < 0) fail(field, `${field} is negative`);
  }
  if (s.regularization_type !== 'L2' && s.regularization_type !== 'L1') {
    const near = nearest(s.regularization_type, ['L2', 'L1']);
    const help = near ? `did you mean "${near}"?` : 'known types: L2, L1';
    fail('regularization_type', `unknown regularization type "${s.regularization_type}"`, help);
  }
  checkPolicy(solver);
}

/** The update rule's own name, however its case; Caffe's old enum is accepted where it stands alone. */
export function solverType(solver: SolverParameter): string {
  if (solver.type !== undefined && solver.solver_type !== undefined) {
    throw new SiameseError('input', 'the solver gives both solver_type (the old field) and type', {
      at: positionOf(solver, 'solver_type'),
      help: 'keep "type"',
    });
  }
  const field = solver.solver_type === undefined ? 'type' : 'solver_type';
  const name = solver.solver_type ?? solver.type ?? 'SGD';
  const type = TYPES.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (type) return type;
  const near = nearest(name, TYPES);
  throw new SiameseError('input', `unknown solver type "${name}"`, {
    at: positionOf(solver, field),
    help: near ? `did you mean "${near}"?` : `known types: ${TYPES.join(', ')}`,
  });
}

/** The part of the solver that the engine runs. */
export function planSolver(solver: SolverParameter): PlanSolver {
  const s = filled('SolverParameter', solver);
  return {
    type: solverType(solver),
    momentum: s.momentum,
    momentum2: s.momentum2,
    rms_decay: s.rms_decay,
    delta: s.delta,
    weight_decay: weightDecay(solver),
    regularization_type: s.regularization_type as 'L1' | 'L2',
    clip_gradients: s.clip_gradients,
    iter_size: s.iter_size,
  };
}

/** The decay in use: AdamW's may be given in MyCaffe's field, or in Caffe's. */
function weightDecay(solver: SolverParameter): number {
  const { weight_decay, adamw_decay } = filled('SolverParameter', solver);
  if (solverType(solver) !== 'AdamW') return weight_decay;
  return solver.adamw_decay === undefined && solver.weight_decay !== undefined ? weight_decay : adamw_decay;
}

/** Things that are allowed, and not what was meant. */
export function solverWarnings(solver: SolverParameter): SiameseError[] {
  const { adamw_decay, weight_decay } = solver;
  const apart = solverType(solver) === 'AdamW';
  if (adamw_decay === undefined || (apart && weight_decay === undefined)) return [];
  const [field, message] = apart
    ? ['weight_decay', 'weight_decay has no effect beside adamw_decay: AdamW takes one decay']
    : ['adamw_decay', `adamw_decay has no effect with type "${solverType(solver)}"`];
  return [new SiameseError('input', message, { at: positionOf(solver, field) })];
}

/**
 * The training net and the test nets, in Caffe's order. A net file's name is relative to the current directory, as in
 * Caffe; a file that is not there is looked for beside the solver file.
 */
export function solverNets(solver: SolverParameter, solverFile?: string): SolverNets {
  const given = TRAIN_FIELDS.filter((field) => solver[field] !== undefined);
  if (given.length !== 1) {
    const message = given.length === 0 ? 'the solver names no net' : `the solver names more than one net: ${given}`;
    const help = 'give exactly one of net, net_param, train_net, train_net_param';
    throw new SiameseError('input', message, { at: positionOf(solver, given[1] ?? ''), help });
  }
  const warnings: SiameseError[] = [];
  const files = new Map<string, NetParameter>();
  const fromFile = (name: string, field: string, from: string) => {
    const file = findFile(name, solver, field, solverFile);
    let param = files.get(file);
    if (!param) {
      const parsed = readNet(file);
      warnings.push(...parsed.warnings);
      param = parsed.message;
      files.set(file, param);
    }
    return { param, from: `${from}: ${name}`, folder: path.dirname(file) };
  };
  const request = (phase: Phase, net: Pick<NetRequest, 'param' | 'from' | 'folder'>, state?: NetState): NetRequest => {
    const states = [net.param.state, state].filter((s) => s !== undefined);
    return {
      ...net,
      phase: states.reduce((last, s) => (s.phase === 'TRAIN' || s.phase === 'TEST' ? s.phase : last), phase),
      level: states.reduce((last, s) => s.level ?? last, 0),
      stages: states.flatMap((s) => s.stage ?? []),
    };
  };
  const inSolver = (param: NetParameter, field: string) => ({ param, from: field, folder: undefined });

  const generic = solver.net !== undefined ? () => fromFile(solver.net!, 'net', 'net file') : undefined;
  const genericParam = solver.net_param ? () => inSolver(solver.net_param!, 'net_param') : undefined;
  const train = solver.train_net_param
    ? inSolver(solver.train_net_param, 'train_net_param')
    : solver.train_net !== undefined
      ? fromFile(solver.train_net, 'train_net', 'train_net file')
      : (genericParam ?? generic)!();

  const tests = [
    ...(solver.test_net_param ?? []).map((param) => inSolver(param, 'test_net_param')),
    ...(solver.test_net ?? []).map((name, i) => fromFile(name, `test_net[${i}]`, 'test_net file')),
  ];
  const iterations = solver.test_iter?.length ?? 0;
  const shared = genericParam ?? generic;
  if (iterations < tests.length || (!shared && iterations !== tests.length)) {
    throw new SiameseError(
      'input',
      `test_iter must be given once for each test net: ${iterations} given, ${tests.length} test nets`,
      { at: positionOf(solver, 'test_iter') },
    );
  }
  while (tests.length < iterations) tests.push(shared!());
  const states = solver.test_state ?? [];
  if (states.length > 0 && states.length !== tests.length) {
    throw new SiameseError(
      'input',
      `test_state must be given once for each test net or not at all: ${states.length} given, ${tests.length} test nets`,
      { at: positionOf(solver, 'test_state') },
    );
  }
  if (tests.length > 0 && !((solver.test_interval ?? 0) > 0)) {
    const help = `add "test_interval: 500", or remove test_iter`;
    throw new SiameseError('input', 'there are test nets but no test_interval', {
      at: positionOf(solver, 'test_iter'),
      help,
    });
  }
  return {
    train: request('TRAIN', train, solver.train_state),
    tests: tests.map((net, i) => request('TEST', net, states[i])),
    warnings,
  };
}

/** Caffe's default: a prefix that is absent, or a directory, takes the solver file's own name. */
export function snapshotPrefix(solver: SolverParameter, solverFile?: string): string {
  const base = solverFile?.replace(/\.[^./]*$/, '');
  const prefix = solver.snapshot_prefix;
  if (prefix === undefined || prefix === '') return base ?? 'siamese';
  const isFolder = prefix.endsWith('/') || (existsSync(prefix) && statSync(prefix).isDirectory());
  return isFolder ? path.join(prefix, path.basename(base ?? 'siamese')) : prefix;
}

function findFile(name: string, solver: SolverParameter, field: string, solverFile?: string): string {
  if (existsSync(name) || path.isAbsolute(name)) return name;
  const beside = solverFile === undefined ? undefined : path.join(path.dirname(solverFile), name);
  if (beside !== undefined && existsSync(beside)) return beside;
  throw new SiameseError('input', `cannot open net file ${name}`, {
    at: positionOf(solver, field),
    help: `it is looked for in ${process.cwd()}${beside ? ` and beside the solver file` : ''}`,
  });
}
