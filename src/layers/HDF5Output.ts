/**
 * Writes its bottoms into an HDF5 file, "data" and "label", when the net is disposed of: the rows of all passes, one after another.
 *
 * bottom 0: (N, ...), bottom 1: (N, ...). No tops. Source: Caffe hdf5_output_layer.cpp. Difference: Caffe writes at each pass
 * and fails at the second one, since the datasets are there already.
 */
import { filled } from '../proto/schema.js';
import type { LayerType } from './layer.js';

export const HDF5Output: LayerType = {
  type: 'HDF5Output',
  bottoms: [2, 2],
  tops: [0, 0],
  options: 'hdf5_output_param',
  noGradient: [],
  setup(context) {
    const { file_name } = filled('HDF5OutputParameter', context.param.hdf5_output_param);
    if (!file_name) context.fail('file_name is missing', { field: 'hdf5_output_param' });
    const [data, label] = context.bottoms;
    if (data!.shape[0] !== label!.shape[0]) {
      context.fail(`"${data!.name}" has ${data!.shape[0]} rows, "${label!.name}" has ${label!.shape[0]}`);
    }
    return { tops: [], params: [], attributes: {}, layout: 'any', noop: true };
  },
};
