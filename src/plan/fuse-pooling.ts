/** Puts a MAX pooling into the convolution before it: what lies between them is written nowhere, forward or backward. */
import type { Draft, DraftLayer } from './draft.js';

/** Places of a window that the native layer has room for; see Correlation::kMostPooled. */
const MOST_PLACES = 16;
/** Fewer images than this fill no vectors of their own: a convolution of this many products an image rather folds its lines. */
const FEW_IMAGES = 32;
const MANY_PRODUCTS = 2 ** 23;

/**
 * Draft with Convolution, perhaps a ReLU in place, and Pooling as one layer wherever the windows do not overlap and nobody
 * asks for the blob between them. `visible` tells which names must stay readable.
 */
export function fusePoolings(draft: Draft, visible: (name: string) => boolean): Draft {
  const seen = new Set(draft.names.flatMap(({ name, blob }) => (visible(name) ? [blob] : [])));
  const replaced = new Map<DraftLayer, DraftLayer | undefined>();
  for (const conv of draft.layers) {
    const chain = findChain(draft, conv);
    if (!chain || seen.has(conv.tops[0]!)) continue;
    const { relu, pool } = chain;
    replaced.set(conv, fuse(conv, relu, pool));
    replaced.set(pool, undefined);
    if (relu) replaced.set(relu, undefined);
  }
  return {
    ...draft,
    layers: draft.layers.flatMap((layer) => (replaced.has(layer) ? (replaced.get(layer) ?? []) : layer)),
  };
}

interface Chain {
  relu?: DraftLayer | undefined;
  pool: DraftLayer;
}

function findChain({ layers, blobs }: Draft, conv: DraftLayer): Chain | undefined {
  if (conv.type !== 'Convolution' || conv.tops.length !== 1 || conv.lossWeights.some((weight) => weight !== 0))
    return undefined;
  const [between] = conv.tops;
  const others = layers.filter((layer) => layer !== conv && [...layer.bottoms, ...layer.tops].includes(between!));
  const relu = others[0]?.type === 'ReLU' ? others[0] : undefined;
  const pool = others[relu ? 1 : 0];
  if (!pool || others.length !== (relu ? 2 : 1) || pool.backward !== conv.backward) return undefined;
  if (relu && !(isPlainInPlace(relu, between!) && relu.backward === conv.backward)) return undefined;
  return canTakeIn(conv, pool, blobs[between!]!.shape) ? { relu, pool } : undefined;
}

function isPlainInPlace({ bottoms, tops, setup, lossWeights }: DraftLayer, blob: number): boolean {
  return bottoms[0] === blob && tops[0] === blob && setup.attributes.negative_slope === 0 && lossWeights[0] === 0;
}

function canTakeIn(conv: DraftLayer, pool: DraftLayer, shape: readonly number[]): boolean {
  if (pool.type !== 'Pooling' || pool.setup.attributes.pool !== 'MAX' || pool.tops.length !== 1 || shape.length !== 4)
    return false;
  // Both see images x channels x height x width.
  if (conv.setup.layout === 'any' || conv.setup.layout.split !== 1) return false;
  const [kernel, stride, pad] = ['kernel', 'stride', 'pad'].map((name) => pool.setup.attributes[name] as number[]);
  const output = pool.setup.tops[0]!.slice(2);
  const products = conv.params[0]!.shape.reduce((all, dim) => all * dim, shape[2]! * shape[3]!);
  if (shape[0]! < FEW_IMAGES && products > MANY_PRODUCTS) return false;
  const apart = kernel!.every((size, d) => stride![d]! >= size && pad![d] === 0);
  const inside = output.every((windows, d) => (windows - 1) * stride![d]! < shape[2 + d]!);
  return apart && inside && kernel![0]! * kernel![1]! <= MOST_PLACES;
}

function fuse(conv: DraftLayer, relu: DraftLayer | undefined, pool: DraftLayer): DraftLayer {
  const { kernel, stride } = pool.setup.attributes;
  const names = [relu, pool].flatMap((layer) => (layer ? [layer.name, ...(layer.merged ?? [])] : []));
  return {
    ...conv,
    setup: {
      ...conv.setup,
      tops: pool.setup.tops,
      attributes: { ...conv.setup.attributes, pool_kernel: kernel!, pool_stride: stride!, ...(relu && { relu: true }) },
    },
    tops: pool.tops,
    lossWeights: pool.lossWeights,
    fused: names,
  };
}
