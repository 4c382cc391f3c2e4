/**
 * E = -1/Z * sum over items and classes c of H[label][c] * log(softmax(x)_c): a SoftmaxWithLoss that weighs each confusion.
 *
 * bottom 0: scores, any shape, classes along `axis` (1). bottom 1: labels, one for each other position. The matrix H (C x C):
 * bottom 2, or the BlobProto in the file `source`. top 0: the loss. top 1, optional: softmax(x), no gradient. Z as for
 * SoftmaxWithLoss. dx_c = (softmax(x)_c * sum of H[label] - H[label][c]) * weight / Z. Source: Caffe infogain_loss_layer.cpp.
 * Differences: the old `normalize` is read as elsewhere (Caffe stops); a label out of range is an error.
 */
import { readBlob } from '../proto/files.js';
import { filled } from '../proto/schema.js';
import { canonicalAxis, count, showShape } from './axis.js';
import type { LayerContext, LayerType } from './layer.js';
import { lossAttributes, requireLabelPerPrediction, requireSameBatch } from './loss.js';

export const InfogainLoss: LayerType = {
  type: 'InfogainLoss',
  bottoms: [2, 3],
  tops: [1, 2],
  autoTops: true,
  isLoss: true,
  noForceBackward: [1, 2],
  noGradient: [1, 2],
  options: 'infogain_loss_param',
  setup(context) {
    const { shape } = context.bottoms[0]!;
    const options = filled('InfogainLossParameter', context.param.infogain_loss_param);
    requireSameBatch(context);
    const axis = canonicalAxis(context, options.axis, shape, 'infogain_loss_param.axis');
    requireLabelPerPrediction(context, axis);
    const channels = shape[axis]!;
    return {
      tops: [[], [...shape]].slice(0, context.tops.length),
      params: [],
      attributes: {
        channels,
        ...lossAttributes(context),
        ...(context.bottoms.length < 3 ? { infogain: readMatrix(context, channels) } : checkMatrix(context, channels)),
      },
      layout: { split: axis },
      backwardReads: { bottoms: context.bottoms.map((_, i) => i), tops: [] },
    };
  },
};

function readMatrix(context: LayerContext, channels: number): number[] {
  const source = context.param.infogain_loss_param?.source;
  if (!source) {
    return context.fail('it needs the infogain matrix: a third bottom, or a file', {
      field: 'infogain_loss_param.source',
    });
  }
  const { shape, data } = readBlob(source);
  if (data.length !== channels * channels) {
    context.fail(`the matrix in ${source} is ${showShape(shape)}, but there are ${channels} classes`, {
      field: 'infogain_loss_param.source',
    });
  }
  return [...data];
}

function checkMatrix(context: LayerContext, channels: number): Record<string, never> {
  const { name, shape } = context.bottoms[2]!;
  const square = shape.length >= 2 && shape.at(-1) === channels && count(shape) === channels * channels;
  if (!square) {
    context.fail(`the infogain matrix "${name}" is ${showShape(shape)}, but must be ${channels} x ${channels}`, {
      field: 'bottom[2]',
    });
  }
  return {};
}
