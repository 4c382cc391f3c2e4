/** First values of all parameters: Caffe's fillers, in Caffe's order of draws, so that `random_seed` means its weights. */
import type { FillerSpec, NativeRandom } from '../engine/native.js';
import type { Net, NetLayer } from '../net/net-types.js';
import type { Plan } from '../plan/plan.js';
import type { FillerParameter } from '../proto/messages.js';
import { filled } from '../proto/schema.js';
import { product, putParam } from './param-arena.js';

/**
 * Fills the parameter arena. Layers draw in net order; one that shares its parameters draws too and then takes the
 * owner's. A Data layer draws the seed of its prefetch thread, and two more for a transformer that needs chance.
 */
export function initialWeights(net: Net, plan: Plan, random: NativeRandom): Float32Array {
  const arena = new Float32Array(plan.sizes.param);
  for (const layer of net.layers) {
    for (let draws = drawsOf(layer, net.phase); draws > 0; draws--) random.next();
    const fill = (param: NetLayer['params'][number]) => {
      const values = new Float32Array(product(param.shape));
      random.fill(fillerSpec(param.filler), param.shape, values);
      return values;
    };
    for (const param of layer.params) {
      const values = fill(param);
      if (param.owner) putParam(plan, param.id, arena, values);
    }
    const { params, times } = layer.setup.refills ?? { params: 0, times: 0 };
    for (let i = 0; i < times; i++) layer.params.slice(-params).forEach(fill);
  }
  return arena;
}

export function fillerSpec(filler: FillerParameter): FillerSpec {
  const { type, value, min, max, mean, std, sparse, variance_norm } = filled('FillerParameter', filler);
  return { type, value, min, max, mean, std, sparse, variance_norm };
}

/** Raw draws that Caffe's layer takes from the generator while it is set up, besides fillers. */
function drawsOf(layer: NetLayer, phase: Net['phase']): number {
  if (!['Data', 'ImageData', 'WindowData'].includes(layer.type.type)) return 0;
  const transform = filled('TransformationParameter', layer.param.transform_param);
  const needsChance = transform.mirror || (phase === 'TRAIN' && transform.crop_size > 0);
  const shuffles = layer.type.type === 'ImageData' && layer.param.image_data_param?.shuffle === true;
  return 1 + (needsChance ? 2 : 0) + (shuffles ? 1 : 0);
}
