/**
 * Arrays that the program gives (Solver.setMemoryData, RunnableNet.setMemoryData), batch by batch, then from the start again.
 *
 * top 0: (N, C, H, W) by `memory_data_param`. top 1: labels (N). Source: Caffe memory_data_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import type { LayerType } from './layer.js';
import { checkBatchSize } from './transformed.js';

export const MemoryData: LayerType = {
  type: 'MemoryData',
  bottoms: [0, 0],
  tops: [2, 2],
  options: 'memory_data_param',
  fed: true,
  setup(context) {
    const { batch_size, channels, height, width } = filled('MemoryDataParameter', context.param.memory_data_param);
    checkBatchSize(context, 'memory_data_param', batch_size);
    for (const [field, dim] of Object.entries({ channels, height, width })) {
      if (dim < 1) context.fail(`${field} must be at least 1`, { field: `memory_data_param.${field}` });
    }
    return {
      tops: [[batch_size, channels, height, width], [batch_size]],
      params: [],
      nativeType: 'Data',
      attributes: {},
      layout: { split: 1 },
    };
  },
};
