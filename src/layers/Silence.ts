/**
 * Takes blobs that nothing else reads, so that they are no outputs of the net. It computes nothing; their gradient is 0.
 *
 * bottoms: any. Source: Caffe silence_layer.cpp.
 */
import type { LayerType } from './layer.js';

export const Silence: LayerType = {
  type: 'Silence',
  bottoms: [1, Infinity],
  tops: [0, 0],
  setup: () => ({
    tops: [],
    params: [],
    attributes: {},
    layout: 'any',
    backwardReads: { bottoms: [], tops: [] },
    noop: true,
  }),
};
