/**
 * Only the items whose selector is not 0, in their order: how many that are, each pass tells anew.
 *
 * bottom 0 ... k - 1: (N, ...), any shapes. The last bottom: the selector, (N) or (N, 1, ...). top i: (K, ...), the K items
 * of bottom i whose selector is not 0. dx = their dy, 0 for the others; the selector takes no gradient.
 * The blobs have room for N items, and shapes are shown with N. Any layer may follow that works item by item, with bottoms
 * that all came through a Filter of the same selector: layers behind are made for the K of the pass; where K is 0 they do
 * not run, and blobs of a size of their own (a loss) are 0. Reading a blob gives K items; in the outputs of a pass, which
 * have the same number of floats each time, the rest is 0. A layer that could not follow is an error when the net is built
 * (Caffe's ends the program when it comes to it). Source: Caffe filter_layer.cpp.
 */
import { showShape } from './axis.js';
import type { LayerType } from './layer.js';

export const Filter: LayerType = {
  type: 'Filter',
  bottoms: [2, Infinity],
  tops: [1, Infinity],
  noForceBackward: [-1],
  noGradient: [-1],
  batchDependent: true,
  setup(context) {
    const { bottoms, tops } = context;
    const selector = bottoms.length - 1;
    if (tops.length !== selector) {
      context.fail(`needs a top for each bottom but the last, ${selector}, not ${tops.length}`, {
        field: tops.length > selector ? `top[${selector}]` : 'top[0]',
        help: 'the last bottom is the selector',
      });
    }
    const { name, shape } = bottoms[selector]!;
    if (shape.length === 0 || shape.slice(1).some((dim) => dim !== 1)) {
      context.fail(`selector "${name}" is ${showShape(shape)}, but must have one number for each item`, {
        field: `bottom[${selector}]`,
      });
    }
    bottoms.slice(0, selector).forEach((bottom, b) => {
      if (bottom.shape[0] === shape[0]) return;
      context.fail(`"${bottom.name}" is ${showShape(bottom.shape)}, but the selector "${name}" has ${shape[0]} items`, {
        field: `bottom[${b}]`,
      });
    });
    return {
      tops: bottoms.slice(0, selector).map((bottom) => [...bottom.shape]),
      params: [],
      selector,
      attributes: {},
      layout: { split: 1 },
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};
