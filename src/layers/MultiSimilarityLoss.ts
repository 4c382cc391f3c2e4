/**
 * E = 1/N * sum over i of log(1 + sum over P_i of e^(-alpha (s_ij - lambda))) / alpha + the same over N_i with -beta.
 *
 * s_ij = z_i . z_j, z = x / |x| or x with normalize: false. P_i: items of i's class that are less similar to it than its most
 * similar item of another class, plus epsilon; N_i: items of other classes that are more similar than the least similar one
 * of its own, minus epsilon; with a negative epsilon all of them. An item alone in its class adds nothing.
 * bottom 0: encodings x, (N, C) or (N, C, 1, 1). bottom 1: class labels (N). top 0: the loss.
 * dE/ds_ij = -e^(-alpha (s_ij - lambda)) / (N (1 + sum)) in P_i, e^(beta (s_ij - lambda)) / (N (1 + sum)) in N_i. Batches want
 * several images of each class: data_param { images_per_class }. Source: Wang et al. 2019, Multi-Similarity Loss with General
 * Pair Weighting for Deep Metric Learning; lambda is that of its authors' code, 0.5 (the paper says 1).
 */
import { filled } from '../proto/schema.js';
import { requireClassLabels, requireEncodings } from './encodings.js';
import type { LayerType } from './layer.js';
import { warnOfLossParam } from './loss.js';

export const MultiSimilarityLoss: LayerType = {
  type: 'MultiSimilarityLoss',
  bottoms: [2, 2],
  tops: [1, 1],
  autoTops: true,
  isLoss: true,
  noForceBackward: [1],
  noGradient: [1],
  batchDependent: true,
  options: 'multi_similarity_loss_param',
  setup(context) {
    const options = filled('MultiSimilarityLossParameter', context.param.multi_similarity_loss_param);
    warnOfLossParam(context);
    requireEncodings(context);
    requireClassLabels(context);
    for (const field of ['alpha', 'beta'] as const) {
      if (options[field] > 0) continue;
      context.fail(`${field} must be above 0, not ${options[field]}`, {
        field: `multi_similarity_loss_param.${field}`,
      });
    }
    const { alpha, beta, lambda, epsilon, normalize } = options;
    return {
      tops: [[]],
      params: [],
      attributes: { alpha, beta, lambda, epsilon, normalize },
      layout: { split: 1 },
      backwardReads: { bottoms: [0, 1], tops: [] },
    };
  },
};
