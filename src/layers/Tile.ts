/**
 * Repeats a blob along one axis: y = [x, x, ...], `tiles` times; dx = sum of its copies' gradients.
 *
 * bottom 0: any shape. top 0: the same, `axis` (1) tiles times as long. Source: Caffe tile_layer.cpp.
 */
import { filled } from '../proto/schema.js';
import { canonicalAxis } from './axis.js';
import type { LayerType } from './layer.js';

export const Tile: LayerType = {
  type: 'Tile',
  bottoms: [1, 1],
  tops: [1, 1],
  options: 'tile_param',
  setup(context) {
    const { shape } = context.bottoms[0]!;
    const { axis: given, tiles } = filled('TileParameter', context.param.tile_param);
    const axis = canonicalAxis(context, given, shape, 'tile_param.axis');
    if (!(tiles >= 1)) context.fail(`tiles must be at least 1, not ${tiles}`, { field: 'tile_param.tiles' });
    return {
      tops: [shape.map((dim, a) => (a === axis ? dim * tiles : dim))],
      params: [],
      attributes: {},
      layout: { split: axis },
      backwardReads: { bottoms: [], tops: [] },
    };
  },
};
