/** A tower as a net that runs: fed by a Data layer of single images. */
import { buildNet } from '../net/net.js';
import type { Net } from '../net/net-types.js';
import type { LayerParameter } from '../proto/messages.js';
import type { Tower } from './tower.js';

export type RecordShape = readonly [channels: number, height: number, width: number];

export function towerNet(tower: Tower, recordShape: RecordShape, batch: number): Net {
  const { fill_value } = tower.affine ?? {};
  const data: LayerParameter = {
    name: 'images',
    type: 'Data',
    top: [tower.input],
    transform_param: { ...tower.transform, ...(fill_value !== undefined && { affine_param: { fill_value } }) },
    data_param: { batch_size: batch },
  };
  const param = { name: tower.net, layer: [data, ...tower.layers] };
  return buildNet(param, { phase: 'TEST', recordShapes: () => [...recordShape] });
}
