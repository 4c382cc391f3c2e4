/** Which fillers there are; how one computes is native/random/fillers.cc. */
import { nearest } from '../errors.js';
import type { FillerParameter } from '../proto/messages.js';
import type { LayerContext } from './layer.js';

const TYPES = ['constant', 'uniform', 'gaussian', 'positive_unitball', 'xavier', 'msra', 'bilinear'];

/** Fails for a filler of unknown type; `field` is the filler's path in the layer. */
export function checkFiller(context: LayerContext, filler: FillerParameter, field: string): void {
  const { type } = filler;
  if (type === undefined || TYPES.includes(type)) return;
  const near = nearest(type, TYPES);
  context.fail(`unknown filler "${type}"`, {
    field: `${field}.type`,
    help: near ? `did you mean "${near}"?` : `there are ${TYPES.join(', ')}`,
  });
}
