/**
 * Hadsell's loss on pairs: E = 1/(2N) * sum of (similar: d^2; else max(margin - d, 0)^2), d = |a - b|.
 *
 * bottom 0, 1: encodings a and b, (N, C) or (N, C, 1, 1). bottom 2: similarity (N) or (N, 1), nonzero = similar; or two or
 * three class labels (N, 2..3), similar when all are equal. bottom 3, optional: centroids (L, C), see `centroid_learning`.
 * top 0: the loss. top 1, optional, no gradient: per pair 1 when it is on its right side of the margin, else 0, (N).
 * Source: Caffe contrastive_loss_layer.cpp (legacy_version: max(margin - d^2, 0), gradient as on Caffe's CPU; its GPU kernel
 * forgets the factor a - b). MyCaffe's additions, with correct gradients: distance_calculation MANHATTAN (d^2 becomes
 * sum |a - b| and the legacy form holds), matching_distance_scale, centroid_learning (a is replaced by the centroid of the
 * pair's first label, and then has no gradient). An extension: negative_mining, over labels (N, 2), lets the second image of
 * an unlike pair be another one of the batch, of another class than the first: HARD the nearest; SEMI_HARD the nearest beyond
 * every second image of the first one's class (Schroff et al. 2015, FaceNet).
 */
import { filled } from '../proto/schema.js';
import { count, showShape } from './axis.js';
import type { LayerContext, LayerType } from './layer.js';
import { warnOfLossParam } from './loss.js';

export const ContrastiveLoss: LayerType = {
  type: 'ContrastiveLoss',
  bottoms: [3, 4],
  tops: [1, 2],
  autoTops: true,
  isLoss: true,
  noForceBackward: [2, 3],
  noGradient: [2, 3],
  options: 'contrastive_loss_param',
  setup(context) {
    const options = filled('ContrastiveLossParameter', context.param.contrastive_loss_param);
    warnOfLossParam(context);
    checkShapes(context);
    const centroids = options.centroid_learning !== 'NONE' && context.bottoms.length > 3;
    if (options.centroid_learning !== 'NONE') checkCentroids(context);
    if (options.negative_mining !== 'AS_GIVEN') checkMining(context, options.centroid_learning !== 'NONE');
    if (options.margin < 0) {
      context.fail(`margin ${options.margin} is negative: no pair could be apart enough`, {
        field: 'contrastive_loss_param.margin',
      });
    }
    return {
      tops: [[], [context.bottoms[0]!.shape[0]!]].slice(0, context.tops.length),
      params: [],
      attributes: {
        margin: options.margin,
        legacy: options.legacy_version || options.distance_calculation === 'MANHATTAN',
        manhattan: options.distance_calculation === 'MANHATTAN',
        matching_distance_scale: options.matching_distance_scale,
        centroid_learning: centroids ? options.centroid_learning : 'NONE',
        negative_mining: options.negative_mining,
      },
      layout: { split: 1 },
      backwardReads: { bottoms: context.bottoms.map((_, i) => i), tops: [] },
    };
  },
};

function checkShapes(context: LayerContext): void {
  const [a, b, label] = context.bottoms as [
    LayerContext['bottoms'][0],
    LayerContext['bottoms'][0],
    LayerContext['bottoms'][0],
  ];
  for (const [i, { name, shape }] of [a, b].entries()) {
    if (shape.length < 2 || shape.length > 4 || count(shape, 2) !== 1) {
      context.fail(`blob "${name}" is ${showShape(shape)}, but an encoding must be N x C or N x C x 1 x 1`, {
        field: `bottom[${i}]`,
        help: 'end the tower with an InnerProduct or a Flatten layer',
      });
    }
  }
  if (a.shape[0] !== b.shape[0] || a.shape[1] !== b.shape[1]) {
    context.fail(
      `encodings "${a.name}" (${showShape(a.shape)}) and "${b.name}" (${showShape(b.shape)}) must have the same shape`,
      { field: 'bottom[1]' },
    );
  }
  const columns = count(label.shape, 1);
  if (label.shape[0] !== a.shape[0] || columns < 1 || columns > 3) {
    context.fail(
      `blob "${label.name}" is ${showShape(label.shape)}, but the labels of ${a.shape[0]} pairs must be ` +
        `${a.shape[0]} or ${a.shape[0]} x 1 (similarity) or ${a.shape[0]} x 2 (class labels)`,
      { field: 'bottom[2]' },
    );
  }
}

function checkMining(context: LayerContext, centroids: boolean): void {
  const field = 'contrastive_loss_param.negative_mining';
  const label = context.bottoms[2]!;
  if (centroids) context.fail('negative_mining and centroid_learning cannot be used together', { field });
  if (count(label.shape, 1) === 2) return;
  context.fail(`negative_mining needs two class labels a pair, but "${label.name}" is ${showShape(label.shape)}`, {
    field,
    help: 'set output_all_labels: true in the Data layer',
  });
}

function checkCentroids(context: LayerContext): void {
  const [a, , label, centroids] = context.bottoms;
  const field = 'contrastive_loss_param.centroid_learning';
  if (!centroids) {
    context.fail('centroid_learning needs a fourth bottom, the centroids', {
      field,
      help: 'name the second top of the Decode layer as the fourth bottom',
    });
  }
  if (count(label!.shape, 1) !== 2) {
    context.fail(
      `centroid_learning needs two class labels a pair, but "${label!.name}" is ${showShape(label!.shape)}`,
      {
        field,
        help: 'set output_all_labels: true in the Data layer',
      },
    );
  }
  if (centroids.shape.length < 2 || count(centroids.shape, 1) !== a!.shape[1]) {
    context.fail(
      `centroids "${centroids.name}" are ${showShape(centroids.shape)}, but must be labels x ${a!.shape[1]} as the encoding`,
      { field: 'bottom[3]' },
    );
  }
}
