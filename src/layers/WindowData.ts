/**
 * Windows of images, foreground and background in a fixed share, each warped to crop_size: R-CNN's training data.
 *
 * top 0: (N, C, crop_size, crop_size), the first N - floor(N * fg_fraction) of them background. top 1: labels (N), 0 for
 * background. Source: Caffe window_data_layer.cpp. Difference: windows are drawn from this layer's own random numbers.
 */
import { filled } from '../proto/schema.js';
import type { LayerType } from './layer.js';
import { checkBatchSize, imageShape } from './transformed.js';

export const WindowData: LayerType = {
  type: 'WindowData',
  bottoms: [0, 0],
  tops: [2, 2],
  options: 'window_data_param',
  fed: true,
  setup(context) {
    const options = filled('WindowDataParameter', context.param.window_data_param);
    const transform = filled('TransformationParameter', context.param.transform_param);
    const { batch_size, fg_fraction, crop_mode, context_pad } = options;
    const at = (field: string) => ({ field: `window_data_param.${field}` });
    checkBatchSize(context, 'window_data_param', batch_size);
    const crop = transform.crop_size;
    if (crop < 1) context.fail('crop_size is needed: windows are warped to it', { field: 'transform_param' });
    if (!(fg_fraction >= 0 && fg_fraction <= 1)) context.fail('fg_fraction must be from 0 to 1', at('fg_fraction'));
    if (crop_mode !== 'warp' && crop_mode !== 'square') {
      context.fail(`crop_mode "${crop_mode}" is unknown: it is "warp" or "square"`, at('crop_mode'));
    }
    if (2 * context_pad >= crop)
      context.fail(`context_pad ${context_pad} leaves nothing of crop_size`, at('context_pad'));
    const [channels] = imageShape(context, 'window_data_param.source');
    // Mean and scale are applied where windows are cut, since what lies outside an image stays 0.
    return {
      tops: [[batch_size, channels, crop, crop], [batch_size]],
      params: [],
      nativeType: 'Data',
      attributes: {},
      layout: { split: 1 },
    };
  },
};
