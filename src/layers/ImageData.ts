/**
 * Images of a list of files and their labels: x = (byte - mean) * scale, cropped and mirrored.
 *
 * top 0: (N, C, H, W), C being 3, or 1 with is_color: false, H and W being crop_size where given. top 1: labels (N).
 * Source: Caffe image_data_layer.cpp. Difference: without new_height and new_width all images must be of one size, whatever
 * the batch size.
 */
import { filled } from '../proto/schema.js';
import type { LayerType } from './layer.js';
import { imagesAndLabels } from './transformed.js';

export const ImageData: LayerType = {
  type: 'ImageData',
  bottoms: [0, 0],
  tops: [2, 2],
  options: 'image_data_param',
  fed: true,
  setup(context) {
    const { batch_size } = filled('ImageDataParameter', context.param.image_data_param);
    return imagesAndLabels(context, 'image_data_param', batch_size);
  },
};
