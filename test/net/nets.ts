/** Nets from a few lines of prototxt, for the tests of net/ and plan/. */
import { formatError, SiameseError } from '../../src/errors.js';
import { buildNet, type NetOptions } from '../../src/net/net.js';
import type { Net } from '../../src/net/net-types.js';
import type { LayerParameter, NetParameter } from '../../src/proto/messages.js';
import { parseText } from '../../src/proto/text.js';

export function parse(text: string): NetParameter {
  return parseText('NetParameter', text, 'net.prototxt').message;
}

/** Records of a Data layer: one channel, 28 x 28, or two where the file holds ready-made pairs. */
export const RECORDS: NetOptions['recordShapes'] = (layer) => [
  (layer.data_param?.images_per_blob ?? 1) > 1 ? 1 : 2,
  28,
  28,
];

export function net(text: string, options: Partial<NetOptions> = {}): Net {
  return buildNet(parse(text), { phase: 'TRAIN', recordShapes: RECORDS, ...options });
}

/** `name(bottoms)->(tops)` of each layer. */
export function wiring(param: NetParameter): string[] {
  return (param.layer ?? []).map(describe);
}

function describe({ name, bottom, top }: LayerParameter): string {
  return `${name}(${bottom?.join(' ') ?? ''})->(${top?.join(' ') ?? ''})`;
}

/** What a user would read of the error that `run` throws. */
export function errorOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof SiameseError) return formatError(error);
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** A layer with data and target to begin a net with: x (N, 3), t (N, 2). */
export const DUMMY = `
  layer { name: "in" type: "DummyData" top: "x" top: "t"
    dummy_data_param { shape { dim: 4 dim: 3 } shape { dim: 4 dim: 2 } } }`;

export function ip(name: string, bottom: string, top: string, outputs: number, more = ''): string {
  return `layer { name: "${name}" type: "InnerProduct" bottom: "${bottom}" top: "${top}" ${more}
    inner_product_param { num_output: ${outputs} } }`;
}

export function loss(bottom: string, more = ''): string {
  return `layer { name: "l" type: "EuclideanLoss" bottom: "${bottom}" bottom: "t" top: "loss" ${more} }`;
}
