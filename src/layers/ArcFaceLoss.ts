/**
 * E = 1/N * sum of -log softmax(l)[y], l_k = scale * cos_k, but l_y = scale * cos(angle_y + margin): the angle to the own class
 * must be smaller than to any other by a margin. cos_k = w_k . x / (|w_k| |x|).
 *
 * bottom 0: encodings x, (N, C) or (N, C, 1, 1). bottom 1: class labels (N) from 0 to num_output - 1. top 0: the loss.
 * param 0: directions w of the classes, (num_output, C). Where angle_y + margin would pass pi, l_y = scale * (cos_y - margin *
 * sin(margin)), as in the authors' code. Gradients: of the formula; dl_y/dcos_y = scale * sin(angle_y + margin) /
 * max(sin(angle_y), 0.001). Source: Deng et al. 2019, ArcFace: Additive Angular Margin Loss for Deep Face Recognition.
 */
import { filled } from '../proto/schema.js';
import { requireClassLabels, requireEncodings } from './encodings.js';
import { checkFiller } from './filler.js';
import type { LayerType } from './layer.js';
import { warnOfLossParam } from './loss.js';

export const ArcFaceLoss: LayerType = {
  type: 'ArcFaceLoss',
  bottoms: [2, 2],
  tops: [1, 1],
  autoTops: true,
  isLoss: true,
  noForceBackward: [1],
  noGradient: [1],
  batchDependent: true,
  options: 'arc_face_loss_param',
  setup(context) {
    const given = context.param.arc_face_loss_param;
    const { num_output, scale, margin } = filled('ArcFaceLossParameter', given);
    const fail = (field: string, message: string): never =>
      context.fail(message, { field: `arc_face_loss_param.${field}` });
    warnOfLossParam(context);
    requireEncodings(context);
    requireClassLabels(context);
    if (num_output < 1) fail('num_output', 'num_output, the number of classes, must be at least 1');
    if (!(scale > 0)) fail('scale', `scale must be above 0, not ${scale}`);
    if (!(margin >= 0 && margin < Math.PI / 2)) fail('margin', `margin must be from 0 to pi / 2, not ${margin}`);
    // Directions: zeros, which a filler that is not given would be, have none.
    const filler = given?.weight_filler ?? { type: 'xavier' };
    checkFiller(context, filler, 'arc_face_loss_param.weight_filler');
    return {
      tops: [[]],
      params: [{ shape: [num_output, context.bottoms[0]!.shape[1]!], filler }],
      attributes: { classes: num_output, scale, margin },
      layout: { split: 1 },
      backwardReads: { bottoms: [0, 1], tops: [] },
    };
  },
};
