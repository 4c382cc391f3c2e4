/**
 * The public API: what the commands of the program use.
 *
 *   const solver = await Solver.create({ solver: readSolver('solver.prototxt').message, file: 'solver.prototxt' });
 *   await solver.train();
 *
 *   const centroids = readCentroids('run_iter_5000.centroids');
 *   const weights = readWeights('run_iter_5000.caffemodel');
 *   using encoder = Encoder.fromNet(centroids.deploy, weights, { encoding: centroids.encoding });
 *   const [match] = new Matcher(centroids).match(await encoder.encode(records));
 *
 * Everything that a caller can cause is thrown as a SiameseError. What owns threads or files has dispose() or close().
 */

export { importFolder, importIdx, importMnist } from './data/import.js';
export type { ImportOptions, ImportResult } from './data/import-options.js';
export { importPairs, type PairOptions } from './data/import-pairs.js';
export {
  createFeed,
  DecodePool,
  type Decoder,
  decodePng,
  type Feed,
  type FeedOptions,
  type Image,
  type LabelStatistics,
  MemorySource,
  openLayerSource,
  openSource,
  type RecordSource,
  type RecordSourceInfo,
} from './data/index.js';
export { Engine } from './engine/engine.js';
export type { EngineOptions, RecordSet, RunRequest, RunResult } from './engine/native.js';
export { type ErrorCode, EXIT_CODES, formatError, type Position, SiameseError } from './errors.js';
export { findLayerType, layerTypes } from './layers/index.js';
export type { LayerType, Phase } from './layers/layer.js';
export * from './match/index.js';
export { buildNet, filterNet, insertSplits, type NetOptions } from './net/net.js';
export type { Net } from './net/net-types.js';
export { type CompileOptions, compile } from './plan/compile.js';
export type { Plan } from './plan/plan.js';
export { printPlan } from './plan/print.js';
export {
  encodeNetWithBlobs,
  parseNet,
  readNet,
  readSolver,
  readSolverState,
  readWeights,
  type Weights,
} from './proto/files.js';
export type * from './proto/messages.js';
export { decode, encode, filled } from './proto/schema.js';
export { formatText, type Parsed, parseText } from './proto/text.js';
export * from './report/index.js';
export type { SnapshotContext, SnapshotFiles, SolverEvent, SolverListener } from './solver/events.js';
export { Solver, type SolverOptions } from './solver/solver.js';
