/** The weights that a net has before training, as a file of them would give them. */
import { native } from '../engine/native.js';
import { compile } from '../plan/compile.js';
import type { Weights } from '../proto/files.js';
import { initialWeights } from '../solver/initial-weights.js';
import { captureWeights } from '../solver/weights.js';
import type { Tower } from './tower.js';
import { type RecordShape, towerNet } from './tower-net.js';

/** Fills a tower's parameters as its fillers say; the seed makes it repeatable. */
export function untrainedWeights(tower: Tower, recordShape: RecordShape, seed: number): Weights {
  const net = towerNet(tower, recordShape, 1);
  const plan = compile(net, { train: false });
  return captureWeights(net, plan, initialWeights(net, plan, native().createRandom(seed)));
}
