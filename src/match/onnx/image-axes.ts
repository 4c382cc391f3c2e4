/** Along which axis of each blob the images of a batch lie: Reshape may put them elsewhere than in front. */
import { SiameseError } from '../../errors.js';
import { layerError } from '../../net/layer-error.js';
import type { Net } from '../../net/net-types.js';
import type { Tower } from '../tower.js';
import { type RecordShape, towerNet } from '../tower-net.js';
import type { ImageAxis } from './layer.js';

/** Per blob of the tower's net for one image: the axis that differs in its net for two. */
export function imageAxes(tower: Tower, recordShape: RecordShape, net: Net): ImageAxis[] {
  const { blobs, layers } = twoImages(tower, recordShape);
  net.layers.forEach(({ param, params }, l) => {
    if (params.every(({ shape }, p) => shape.join() === layers[l]!.params[p]!.shape.join())) return;
    throw layerError(param, 'cannot be exported: its parameters grow with the number of images');
  });
  return net.blobs.map(({ name, shape }, b) => {
    const two = blobs[b]!.shape;
    const differing = shape.flatMap((dim, axis) => (dim === two[axis] ? [] : [axis]));
    const [axis] = differing;
    if (axis === undefined || (differing.length === 1 && two[axis] === 2 * shape[axis]!)) return axis;
    const layer = net.layers.find(({ tops }) => tops.includes(b))!;
    throw layerError(layer.param, `cannot be exported: "${name}" does not grow with the number of images`);
  });
}

function twoImages(tower: Tower, recordShape: RecordShape): Net {
  try {
    return towerNet(tower, recordShape, 2);
  } catch (error) {
    if (!(error instanceof SiameseError)) throw error;
    throw new SiameseError(error.code, `${error.message} (for two images)`, {
      at: error.at,
      layer: error.layer,
      help: 'an ONNX file takes any number of images, but this net does not',
      cause: error,
    });
  }
}
