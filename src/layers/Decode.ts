/**
 * Learns one target per class from labelled encodings, and gives each encoding's squared distance to every target.
 *
 * bottom 0: encodings (N, C) or (N, C, 1, 1). bottom 1: labels (N), (N, 1) or (N, k), of which the first counts; TRAIN only.
 * top 0: squared Euclidean distances (N, L), the smallest is the detected class; a class without target, or ignored, has the
 * largest float. top 1, optional: targets (L, C), rows of zeros before `centroid_output_iteration`. No gradient.
 * blobs (saved, not learned by the solver): centroids (L, C), counts (L), status (L: 1 in top 1, 0 not yet, -1 ignored);
 * KNN also encodings (L, cache_size, C). L: the training set's largest label + 1, or `active_label_count`.
 * target CENTROID: the mean of all encodings seen in TRAIN. KNN: the mean of the k smallest distances to the last cache_size
 * encodings of the class. PREGEN: pregen_label_count fixed points, pairwise over 2 * pregen_alpha apart (squared).
 * Source: MyCaffe's DecodeLayer, in purpose; statistics here are exact: the first encoding has weight 1, labels may have gaps
 * and come in any order, nothing is forgotten, the order within a batch does not matter. cache_size counts encodings, not
 * batches. centroid_threshold and min_alpha have no effect: a target holds from its first encoding on.
 */
import type { DecodeParameter } from '../proto/messages.js';
import type { Filled } from '../proto/schema.js';
import { filled } from '../proto/schema.js';
import { count, showShape } from './axis.js';
import type { LayerContext, LayerType, ParamRequest } from './layer.js';

/** Nearest encodings are picked in registers: native/layers/Decode.h. */
const MAX_K = 64;

export const Decode: LayerType = {
  type: 'Decode',
  bottoms: [1, 2],
  tops: [1, 2],
  noForceBackward: [0, 1],
  noGradient: [0, 1],
  batchDependent: true,
  options: 'decode_param',
  setup(context) {
    const options = filled('DecodeParameter', context.param.decode_param);
    const [batch, dimension] = encodingShape(context);
    const learns = context.phase === 'TRAIN' && options.target !== 'PREGEN' && options.enable_centroid_update;
    if (learns) checkLabels(context, batch);
    const labels = labelCount(context, options);
    checkOptions(context, options, labels);
    return {
      tops: [
        [batch, labels],
        [labels, dimension],
      ].slice(0, context.tops.length),
      params: stateBlobs(options, labels, dimension),
      attributes: {
        target: options.target,
        learns,
        k: options.k,
        ignore_label: [...options.ignore_label],
        pregen_alpha: options.pregen_alpha,
        centroid_output_iteration: options.centroid_output_iteration,
      },
      layout: { split: 1 },
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};

function stateBlobs(options: Filled<DecodeParameter>, labels: number, dimension: number): ParamRequest[] {
  const blob = (...shape: number[]): ParamRequest => ({
    shape,
    filler: { type: 'constant', value: 0 },
    learnable: false,
  });
  const blobs = [blob(labels, dimension), blob(labels), blob(labels)];
  if (options.target === 'KNN') blobs.push(blob(labels, options.cache_size, dimension));
  return blobs;
}

function encodingShape(context: LayerContext): [batch: number, dimension: number] {
  const { name, shape } = context.bottoms[0]!;
  if (shape.length < 2 || count(shape, 2) !== 1) {
    context.fail(`blob "${name}" is ${showShape(shape)}, but an encoding must be N x C or N x C x 1 x 1`, {
      field: 'bottom[0]',
    });
  }
  return [shape[0]!, shape[1]!];
}

function checkLabels(context: LayerContext, batch: number): void {
  const labels = context.bottoms[1];
  if (!labels) context.fail('it learns in TRAIN and needs the labels as its second bottom', { field: 'bottom' });
  if (labels.shape[0] === batch && count(labels.shape) > 0) return;
  context.fail(`blob "${labels.name}" is ${showShape(labels.shape)}, but there are ${batch} encodings to label`, {
    field: 'bottom[1]',
  });
}

function labelCount(context: LayerContext, options: Filled<DecodeParameter>): number {
  if (options.target === 'PREGEN') return options.pregen_label_count;
  const labels = context.labelCount ?? options.active_label_count;
  if (labels >= 1) return labels;
  return context.fail('the number of classes is not known: no labelled data set is open', {
    field: 'decode_param',
    help: 'set decode_param { active_label_count } to the largest label + 1',
  });
}

function checkOptions(context: LayerContext, options: Filled<DecodeParameter>, labels: number): void {
  const { target, k, cache_size, pregen_alpha } = options;
  if (target === 'PREGEN' && !(labels >= 1)) {
    context.fail('target PREGEN needs pregen_label_count, the number of targets', { field: 'decode_param.target' });
  }
  if (target === 'PREGEN' && !(pregen_alpha > 0)) {
    context.fail(`pregen_alpha must be above 0, not ${pregen_alpha}`, { field: 'decode_param.pregen_alpha' });
  }
  if (target === 'KNN' && !(cache_size >= 1)) {
    context.fail(`cache_size must be at least 1, not ${cache_size}`, { field: 'decode_param.cache_size' });
  }
  if (target === 'KNN' && !(k >= 1 && k <= MAX_K)) {
    context.fail(`k must be from 1 to ${MAX_K}, not ${k}`, { field: 'decode_param.k' });
  }
  options.ignore_label.forEach((label, i) => {
    if (label >= 0 && label < labels) return;
    context.warn(`label ${label} to ignore does not occur: labels run from 0 to ${labels - 1}`, {
      field: `decode_param.ignore_label[${i}]`,
    });
  });
}
