/** Snapshots: names, contents and digests of the three files, written so that a kill leaves the one before whole. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import type { Plan } from '../plan/plan.js';
import { writeFileAtomic } from '../proto/atomic.js';
import { encodeSolverState, readSolverState, type SolverState, type WeightBlob } from '../proto/files.js';
import { encodeSolverStateHdf5 } from '../proto/hdf5-caffe.js';
import { paramShape, product, putParam, shapeString, takeParam } from './param-arena.js';
import type { ResumeState } from './training-state.js';

/** History blobs that each update rule keeps for every learnable parameter. */
export const HISTORY_SLOTS: Readonly<Record<string, number>> = {
  SGD: 1,
  Nesterov: 1,
  AdaGrad: 1,
  RMSProp: 1,
  AdaDelta: 2,
  Adam: 2,
  AdamW: 2,
};

export interface SnapshotNames {
  caffemodel: string;
  solverstate: string;
  resume: string;
}

export type SnapshotFormat = 'BINARYPROTO' | 'HDF5';

export function snapshotNames(
  prefix: string,
  iteration: number,
  format: SnapshotFormat = 'BINARYPROTO',
): SnapshotNames {
  const base = `${prefix}_iter_${iteration}`;
  const end = format === 'HDF5' ? '.h5' : '';
  return {
    caffemodel: `${base}.caffemodel${end}`,
    solverstate: `${base}.solverstate${end}`,
    resume: `${base}.resume.json`,
  };
}

/**
 * Writes one snapshot. The solver state comes last: where it stands, the other two are complete. Each file is written
 * under another name and renamed, so an older file of the same name stays whole until then.
 */
export function writeSnapshot(
  names: SnapshotNames,
  contents: { caffemodel: Uint8Array; solverstate: Uint8Array; resume: ResumeState; iteration: number },
  announce: (what: 'caffemodel' | 'solverstate', file: string) => void,
): void {
  const { iteration, caffemodel, solverstate } = contents;
  announce('caffemodel', names.caffemodel);
  writeFileAtomic(names.caffemodel, caffemodel);
  const belongs = { caffemodel: sha256(caffemodel), solverstate: sha256(solverstate) };
  const resume = { format: 'siamese resume', version: 1, iteration, sha256: belongs, ...contents.resume };
  writeFileAtomic(names.resume, `${JSON.stringify(resume)}\n`);
  announce('solverstate', names.solverstate);
  writeFileAtomic(names.solverstate, solverstate);
}

/** The solver state as Caffe writes it: history slot by slot, each in the order of the learnable parameters. */
export function encodeHistory(
  plan: Plan,
  history: Float32Array,
  state: { iter: number; learned_net: string; current_step: number },
  format: SnapshotFormat = 'BINARYPROTO',
): Uint8Array {
  const size = plan.sizes.param;
  const blobs: WeightBlob[] = [];
  for (let slot = 0; slot < history.length / size; slot++) {
    plan.params.forEach((param, i) => {
      if (!param.learnable) return;
      const values = takeParam(plan, i, history.subarray(slot * size, (slot + 1) * size));
      blobs.push({ shape: paramShape(plan, i), data: values });
    });
  }
  const whole = { ...state, history: blobs };
  return format === 'HDF5' ? encodeSolverStateHdf5(whole) : encodeSolverState(whole);
}

/** History of a solver state as an arena; its blobs must be those of this solver and net. */
export function decodeHistory(plan: Plan, state: SolverState, type: string, file: string): Float32Array {
  const size = plan.sizes.param;
  const learnable = plan.params.flatMap((param, i) => (param.learnable ? [i] : []));
  const slots = HISTORY_SLOTS[type]!;
  if (state.history.length !== slots * learnable.length) {
    throw new SiameseError(
      'input',
      `incorrect length of history blobs: ${file} has ${state.history.length}, solver type ${type} with this net keeps ` +
        `${slots * learnable.length}`,
      { help: 'resume with the solver type and net that wrote the snapshot, or start from its weights with --weights' },
    );
  }
  const history = new Float32Array(slots * size);
  state.history.forEach((blob, k) => {
    const i = learnable[k % learnable.length]!;
    const shape = paramShape(plan, i);
    if (blob.data.length !== product(shape)) {
      const shapes = `${shapeString(blob.shape)} in ${file}, ${shapeString(shape)} here`;
      throw new SiameseError('input', `history of parameter ${plan.params[i]!.name} differs in shape: ${shapes}`);
    }
    const slot = Math.floor(k / learnable.length);
    putParam(plan, i, history.subarray(slot * size, (slot + 1) * size), blob.data);
  });
  return history;
}

export interface ReadSnapshot {
  state: SolverState;
  /** The caffemodel that the state names, where it was found. */
  weights: string;
  resume: ResumeState | undefined;
  /** Why there is no resume state. */
  reason?: string;
}

/** Reads a .solverstate or .solverstate.h5, ours or Caffe's, and finds what belongs to it. */
export function readSnapshot(file: string): ReadSnapshot {
  if (/\.caffemodel(\.h5)?$/.test(file)) {
    const sibling = file.replace(/\.caffemodel(?=(\.h5)?$)/, '.solverstate');
    const help = existsSync(sibling)
      ? `resume from ${sibling}, or start a new run from these weights with --weights ${file}`
      : `${sibling}, which would go with it, does not exist; start from these weights with --weights ${file}`;
    throw new SiameseError('input', `${file} holds weights, not a solver state`, { help });
  }
  if (!existsSync(file)) throw new SiameseError('input', `cannot open snapshot ${file}: there is no such file`);
  const bytes = readFileSync(file);
  const state = readSolverState(file);
  const weights = findLearnedNet(state.learned_net, file);
  return { state, weights, ...readResume(file, bytes, weights) };
}

/**
 * Proves at the start that snapshots can be written, not after hours; makes the folder if it is missing.
 * Caffe probes only when `snapshot` is given; the final snapshot deserves it too.
 */
export function probePrefix(prefix: string): void {
  const file = `${prefix}_iter_0.tempfile`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '');
    rmSync(file);
  } catch (cause) {
    throw new SiameseError('io', `cannot write to snapshot prefix '${prefix}': ${(cause as Error).message}`, {
      help: 'make sure that the directory exists and is writable, or change snapshot_prefix',
      cause,
    });
  }
}

/** Caffe names it as the prefix gave it, relative to its own directory; the snapshot may have moved since. */
function findLearnedNet(name: string, stateFile: string): string {
  const beside = path.join(path.dirname(stateFile), path.basename(name));
  const own = stateFile.replace(/\.solverstate(?=(\.h5)?$)/, '.caffemodel');
  const found = [beside, name, own].find((candidate) => candidate !== '' && existsSync(candidate));
  if (found !== undefined && name !== '') return found;
  throw new SiameseError('input', `${stateFile} goes with ${name || 'no weights at all'}, which is not there`, {
    help: `put it beside ${stateFile}`,
  });
}

function readResume(file: string, bytes: Uint8Array, weights: string): Pick<ReadSnapshot, 'resume' | 'reason'> {
  const name = file.replace(/\.solverstate(\.h5)?$/, '.resume.json');
  if (!existsSync(name))
    return { resume: undefined, reason: `there is no ${name} (a state written by Caffe has none)` };
  let resume: ResumeState & { format?: string; version?: number; sha256?: Record<string, string> };
  try {
    resume = JSON.parse(readFileSync(name, 'utf8')) as typeof resume;
  } catch (cause) {
    throw new SiameseError('input', `${name} is damaged: ${(cause as Error).message}`, {
      help: 'remove it to resume as Caffe does, with the data from record 0',
      cause,
    });
  }
  if (resume.format !== 'siamese resume' || resume.version !== 1) {
    throw new SiameseError('input', `${name} is not a resume file of this version`, {
      help: 'remove it to resume as Caffe does, with the data from record 0',
    });
  }
  const belongs =
    resume.sha256?.solverstate === sha256(bytes) && resume.sha256.caffemodel === sha256(readFileSync(weights));
  return belongs ? { resume } : { resume: undefined, reason: `${name} belongs to another snapshot` };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
