/**
 * y = (x - mean_c) / sqrt(var_c + eps), per channel; of the batch while training, of the running averages while testing.
 *
 * bottom 0, top 0: (N, C, ...), the same; may be in place. blobs, not learned by the solver (lr_mult 0): running sums of
 * means (C), variances (C), and of the weights (1) by which to divide them; a batch adds its own to moving_average_fraction
 * times the sums. use_global_stats: default in TEST. Batch: dx = (dy - mean(dy) - y * mean(dy * y)) / sqrt(var + eps).
 * Source: Caffe batch_norm_layer.cpp. Scale and bias are a Scale layer after it.
 */
import type { LayerParameter } from '../proto/messages.js';
import { filled } from '../proto/schema.js';
import type { LayerContext, LayerType, Phase } from './layer.js';

const BLOBS = 3;

export const BatchNorm: LayerType = {
  type: 'BatchNorm',
  bottoms: [1, 1],
  tops: [1, 1],
  inPlace: true,
  fixedParams: BLOBS,
  batchDependent: (param, phase) => !usesGlobalStats(param, phase),
  options: 'batch_norm_param',
  setup(context) {
    const { shape } = context.bottoms[0]!;
    const { moving_average_fraction, eps } = filled('BatchNormParameter', context.param.batch_norm_param);
    const channels = shape[1] ?? 1;
    checkFixed(context);
    const sums = (size: number) => ({ shape: [size], filler: { type: 'constant', value: 0 } });
    return {
      tops: [[...shape]],
      params: [sums(channels), sums(channels), sums(1)],
      attributes: {
        channels,
        use_global_stats: usesGlobalStats(context.param, context.phase),
        moving_average_fraction,
        eps,
      },
      layout: { split: 1 },
      backwardReads: { bottoms: [0], tops: [] },
    };
  },
};

function usesGlobalStats(param: LayerParameter, phase: Phase): boolean {
  return param.batch_norm_param?.use_global_stats ?? phase === 'TEST';
}

function checkFixed(context: LayerContext): void {
  context.param.param?.forEach(({ lr_mult }, i) => {
    if (i >= BLOBS || lr_mult === 0) return;
    context.fail(`lr_mult must be 0: the solver does not learn running averages`, { field: `param[${i}].lr_mult` });
  });
}
