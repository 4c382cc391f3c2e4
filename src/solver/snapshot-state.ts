/** Between the training state and the files of a snapshot, both ways. */
import { readWeights } from '../proto/files.js';
import {
  decodeHistory,
  encodeHistory,
  readSnapshot,
  type SnapshotFormat,
  type SnapshotNames,
  snapshotNames,
  writeSnapshot,
} from './snapshot.js';
import type { LiveState, TrainingState } from './training-state.js';
import { copyWeights, encodeCaffemodel, encodeCaffemodelHdf5 } from './weights.js';

/** Writes the files of `state`, which was captured from `live` just now. */
export function takeSnapshot(
  prefix: string,
  live: LiveState,
  state: TrainingState,
  { snapshot_diff: withDiff, snapshot_format: format }: { snapshot_diff: boolean; snapshot_format: SnapshotFormat },
  announce: (what: 'caffemodel' | 'solverstate', file: string) => void,
): SnapshotNames {
  const { net, plan, engine } = live.train;
  const { iter, currentStep, params, history, resume } = state;
  const names = snapshotNames(prefix, iter, format);
  const diffs = withDiff ? new Float32Array(plan.sizes.param) : undefined;
  // After a run the gradient arena holds the values of the last update, which is what Caffe's diffs are by then.
  if (diffs) engine.readArena('gradient', diffs);
  const caffemodel =
    format === 'HDF5' ? encodeCaffemodelHdf5(net, plan, params, diffs) : encodeCaffemodel(net, plan, params, diffs);
  const what = { iter, learned_net: names.caffemodel, current_step: currentStep };
  const solverstate = encodeHistory(plan, history, what, format);
  writeSnapshot(names, { caffemodel, solverstate, resume, iteration: iter }, announce);
  return names;
}

export interface Restored {
  state: TrainingState;
  /** The data go on where they stood; else they begin anew, for this reason. */
  continues: boolean;
  reason: string | undefined;
}

/** The training state of a .solverstate and what belongs to it; `live` is not changed. */
export function restoreSnapshot(file: string, live: LiveState): Restored {
  const { net, plan, engine } = live.train;
  const { state, weights, resume, reason } = readSnapshot(file);
  const params = new Float32Array(plan.sizes.param);
  engine.readArena('param', params);
  copyWeights(net, plan, params, readWeights(weights), weights);
  return {
    state: {
      iter: state.iter,
      currentStep: state.current_step,
      params,
      history: decodeHistory(plan, state, live.type, file),
      resume: resume ?? live.fromTheBeginning(state.iter),
    },
    continues: resume !== undefined,
    reason,
  };
}
