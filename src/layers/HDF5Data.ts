/**
 * Rows of datasets in HDF5 files: each top is the dataset of its name.
 *
 * top i: (N, ...), the dataset's shape with the batch as its first axis. Source: Caffe hdf5_data_layer.cpp.
 * Differences: datasets of integers and of double precision are read too, as floats; all files must have the same shapes,
 * which Caffe finds out when it comes to them.
 */
import { filled } from '../proto/schema.js';
import type { LayerType } from './layer.js';
import { checkBatchSize } from './transformed.js';

export const HDF5Data: LayerType = {
  type: 'HDF5Data',
  bottoms: [0, 0],
  tops: [1, Infinity],
  options: 'hdf5_data_param',
  fed: true,
  setup(context) {
    const { batch_size } = filled('HDF5DataParameter', context.param.hdf5_data_param);
    checkBatchSize(context, 'hdf5_data_param', batch_size);
    if (context.param.transform_param) {
      context.fail('transform_param cannot be used: HDF5Data does not transform', { field: 'transform_param' });
    }
    const parts = context.recordParts;
    if (parts?.length !== context.tops.length) {
      return context.fail('the shapes of the datasets are not known: no file is open for this layer', {
        field: 'hdf5_data_param.source',
      });
    }
    return {
      tops: parts.map((part) => [batch_size, ...part]),
      params: [],
      attributes: {},
      layout: { split: 1 },
    };
  },
};
