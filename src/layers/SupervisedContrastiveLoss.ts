/**
 * E = -1/A * sum over i of the mean over p in P(i) of log(exp(s_ip / t) / sum over a != i of exp(s_ia / t)), s_ij = z_i . z_j.
 *
 * Each image of the batch is drawn towards all others of its class and away from all of other classes. P(i): the other items
 * with i's label; A: the items that have such; t: temperature; z = x / |x|, or x with normalize: false.
 * bottom 0: encodings x, (N, C) or (N, C, 1, 1). bottom 1: class labels (N). top 0: the loss.
 * dE/ds_ij = (softmax_ij - [j in P(i)] / |P(i)|) / (A t), and from there to z_i and z_j. Batches want several images of each
 * class: data_param { images_per_class }. Source: Khosla et al. 2020, Supervised Contrastive Learning, the form L_out.
 */
import { filled } from '../proto/schema.js';
import { requireClassLabels, requireEncodings } from './encodings.js';
import type { LayerType } from './layer.js';
import { warnOfLossParam } from './loss.js';

export const SupervisedContrastiveLoss: LayerType = {
  type: 'SupervisedContrastiveLoss',
  bottoms: [2, 2],
  tops: [1, 1],
  autoTops: true,
  isLoss: true,
  noForceBackward: [1],
  noGradient: [1],
  batchDependent: true,
  options: 'supervised_contrastive_loss_param',
  setup(context) {
    const given = context.param.supervised_contrastive_loss_param;
    const { temperature, normalize } = filled('SupervisedContrastiveLossParameter', given);
    warnOfLossParam(context);
    requireEncodings(context);
    requireClassLabels(context);
    if (!(temperature > 0)) {
      context.fail(`temperature must be above 0, not ${temperature}`, {
        field: 'supervised_contrastive_loss_param.temperature',
      });
    }
    return {
      tops: [[]],
      params: [],
      attributes: { temperature, normalize },
      layout: { split: 1 },
      backwardReads: { bottoms: [0, 1], tops: [] },
    };
  },
};
