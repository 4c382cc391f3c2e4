/** Pass 6: which layers run backward, and into which of their bottoms. Caffe's rules, in Caffe's order. */
import type { LayerType } from '../layers/layer.js';
import type { LayerParameter } from '../proto/messages.js';
import { layerError } from './layer-error.js';

export interface BackwardInput {
  param: LayerParameter;
  type: LayerType;
  bottoms: readonly number[];
  tops: readonly number[];
  lossWeights: readonly number[];
  /** Own multiplier of each parameter blob: 0 freezes it here. */
  lrMults: readonly number[];
}

export interface BackwardFlow {
  needsBackward: boolean;
  propagateDown: boolean[];
  paramPropagateDown: boolean[];
}

export function planBackward(
  layers: readonly BackwardInput[],
  blobCount: number,
  forceBackward = false,
): { layers: BackwardFlow[]; needsDiff: boolean[] } {
  const flows = fromParameters(layers, blobCount);
  keepUnderLoss(layers, flows, blobCount);
  if (forceBackward) force(layers, flows);
  refuseImpossible(layers, flows);
  return { layers: flows, needsDiff: writtenDiffs(layers, flows, blobCount) };
}

/** Downstream of a parameter that learns, everything needs backward. */
function fromParameters(layers: readonly BackwardInput[], blobCount: number): BackwardFlow[] {
  const blobNeeds = new Array<boolean>(blobCount).fill(false);
  return layers.map(({ param, bottoms, tops, lrMults }) => {
    const propagateDown = bottoms.map((b, i) => param.propagate_down?.[i] ?? blobNeeds[b]!);
    const paramPropagateDown = lrMults.map((lr) => lr !== 0);
    const needsBackward = bottoms.some((b) => blobNeeds[b]) || paramPropagateDown.some(Boolean);
    if (needsBackward) for (const t of tops) blobNeeds[t] = true;
    return { needsBackward, propagateDown, paramPropagateDown };
  });
}

/** From the last layer up: what is under no loss, and what only feeds bottoms that take no gradient, stands still. */
function keepUnderLoss(layers: readonly BackwardInput[], flows: readonly BackwardFlow[], blobCount: number): void {
  const underLoss = new Array<boolean>(blobCount).fill(false);
  const skipped = new Array<boolean>(blobCount).fill(false);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { bottoms, tops, lossWeights } = layers[l]!;
    const flow = flows[l]!;
    const contributes = tops.some((t, i) => lossWeights[i] !== 0 || underLoss[t]);
    if (flow.needsBackward && tops.every((t) => skipped[t])) {
      flow.needsBackward = false;
      flow.propagateDown.fill(false);
    }
    if (!contributes) {
      flow.needsBackward = false;
      flow.propagateDown.fill(false);
    }
    bottoms.forEach((b, i) => {
      if (contributes) underLoss[b] = true;
      if (!flow.propagateDown[i]) skipped[b] = true;
    });
  }
}

function force(layers: readonly BackwardInput[], flows: readonly BackwardFlow[]): void {
  layers.forEach(({ type }, l) => {
    const flow = flows[l]!;
    flow.needsBackward = true;
    flow.propagateDown = flow.propagateDown.map(
      (down, b) => down || !includes(type.noForceBackward, b, flow.propagateDown.length),
    );
    flow.paramPropagateDown.fill(true);
  });
}

/** A layer that has no gradient for a bottom (a loss for its label) must not be asked for one. */
function refuseImpossible(layers: readonly BackwardInput[], flows: readonly BackwardFlow[]): void {
  layers.forEach(({ param, type }, l) => {
    const { needsBackward, propagateDown } = flows[l]!;
    const b = propagateDown.findIndex((down, i) => down && includes(type.noGradient, i, propagateDown.length));
    if (!needsBackward || b < 0) return;
    throw layerError(layers[l]!.param, `cannot pass a gradient to bottom ${b}, "${param.bottom?.[b]}"`, {
      field: `bottom[${b}]`,
      help: 'labels must come from layers that learn nothing, or set propagate_down: false for this bottom',
    });
  });
}

/** Whether a list of bottoms names number `b` of `count`; negative numbers count from the last. */
function includes(list: readonly number[] | undefined, b: number, count: number): boolean {
  return list !== undefined && (list.includes(b) || list.includes(b - count));
}

/** Blobs whose diff some layer writes, or whose diff is a loss weight. */
function writtenDiffs(layers: readonly BackwardInput[], flows: readonly BackwardFlow[], blobCount: number): boolean[] {
  const written = new Array<boolean>(blobCount).fill(false);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { bottoms, tops, lossWeights } = layers[l]!;
    const { needsBackward, propagateDown } = flows[l]!;
    if (!needsBackward) continue;
    for (const [i, t] of tops.entries()) if (lossWeights[i] !== 0) written[t] = true;
    if (!tops.some((t) => written[t])) continue;
    for (const [i, b] of bottoms.entries()) if (propagateDown[i]) written[b] = true;
  }
  return written;
}
