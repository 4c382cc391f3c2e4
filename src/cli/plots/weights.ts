/** siamese plot weights: maps of the weights of each layer, or of what changed between two snapshots. */
import path from 'node:path';
import { nearest, SiameseError } from '../../errors.js';
import { readWeights, type Weights } from '../../proto/files.js';
import { layersWithWeights, weightMaps } from '../../report/index.js';
import type { Call } from '../call.js';
import { findCaffemodel, findCentroids } from '../trained.js';
import type { Plot } from './plot.js';

export function plotWeights(call: Call): Plot {
  const { flags } = call;
  const caffemodel = findCaffemodel(call);
  const weights = readWeights(caffemodel);
  const layers = layersWithWeights(weights);
  const { layer } = flags;
  if (layer !== undefined && !layers.includes(layer)) {
    const near = nearest(layer, layers);
    const help = near ? `did you mean "${near}"?` : `it has ${layers.join(', ') || 'none'}`;
    throw new SiameseError('input', `${caffemodel} has no weights for a layer "${layer}"`, { help });
  }
  const minus = flags.minus === undefined ? undefined : readWeights(flags.minus);
  const against = flags.minus === undefined ? '' : ` minus ${path.basename(flags.minus)}`;
  const title = `${path.basename(caffemodel)}${against}`;
  const picture = weightMaps(weights, { title, layer, minus, image: imageOf(caffemodel, weights) });
  return {
    picture,
    about: { snapshot: caffemodel, minus: flags.minus, layers: layer === undefined ? layers : [layer] },
  };
}

/** The shape of the net's images, where its centroids say it. */
export function imageOf(caffemodel: string, weights: Weights): [number, number, number] | undefined {
  const dims = findCentroids(caffemodel)?.centroids.deploy.layer?.[0]?.input_param?.shape?.[0]?.dim;
  return dims?.length === 4 && weights.layers.length > 0 ? [dims[1]!, dims[2]!, dims[3]!] : undefined;
}
