/** One tower of a Siamese net as a net of its own: from one image to its encoding. Pure. */
import { nearest, SiameseError } from '../errors.js';
import { filterNet } from '../net/net.js';
import type { AffineParameter, LayerParameter, NetParameter, TransformationParameter } from '../proto/messages.js';
import { copyPositions, positionOf } from '../proto/positions.js';

export interface Tower {
  /** Name of the net it was cut from. */
  net: string;
  /** The blob that one image enters by, and the one that is its encoding. */
  input: string;
  encoding: string;
  /** From input to encoding, in net order, without rules, loss weights and blobs. */
  layers: LayerParameter[];
  /** What happens to an image before it enters; no chance in it. */
  transform: TransformationParameter | undefined;
  /** How training warped the images: for means over slightly changed images, see tta.ts. */
  affine: AffineParameter | undefined;
}

export interface TowerOptions {
  /** The blob to take as encoding. By default the first bottom of the layer that compares encodings. */
  encoding?: string | undefined;
  level?: number | undefined;
  stages?: readonly string[] | undefined;
}

/** Layers whose first bottom is an encoding, by how well they show it. */
const COMPARES = [
  'contrastiveloss',
  'tripletloss',
  'supervisedcontrastiveloss',
  'multisimilarityloss',
  'arcfaceloss',
  'weightedl1',
  'decode',
  'accuracyencoding',
];

/**
 * Cuts the first tower out of a training net: the layers that the encoding depends on, back to the first top of the
 * Slice that parts the images of a pair, or of the DataSequence that makes triplets, or to the data itself. A deploy net (Input layer) is taken as it is.
 */
export function cutTower(param: NetParameter, options: TowerOptions = {}): Tower {
  // As it is tested: without what is for training only. A net that compares only in TRAIN is read so.
  const state = { level: options.level, stages: options.stages };
  const test = filterNet(param, { phase: 'TEST', ...state }).layer ?? [];
  const train = filterNet(param, { phase: 'TRAIN', ...state }).layer ?? [];
  const inTest =
    options.encoding !== undefined ? producer(test, options.encoding) >= 0 : encodingOf(test) !== undefined;
  const layers = inTest ? test : train;
  const encoding = options.encoding ?? encodingOf(layers);
  if (encoding === undefined) {
    throw new SiameseError('input', `the net "${param.name ?? ''}" has no layer that compares encodings`, {
      help: 'name the blob that is the encoding, e.g. --blob feat',
    });
  }
  if (producer(layers, encoding) < 0) throw unknownBlob(layers, encoding, param);
  const found = trace(layers, encoding);
  return {
    net: param.name ?? '',
    input: found.input,
    encoding,
    layers: found.indices.map((i) => bare(layers[i]!)),
    transform: transformOf(test, layers, found.source),
    affine: affineOf(train, found.source),
  };
}

/**
 * The tower as a deploy net: an Input layer of one image, which keeps the transform and how training warped, and the tower's
 * layers.
 */
export function deployNet(
  tower: Tower,
  shape: readonly [channels: number, height: number, width: number],
): NetParameter {
  const [channels, height, width] = shape;
  const crop = tower.transform?.crop_size;
  const transform = { ...tower.transform, ...(tower.affine && { affine_param: tower.affine }) };
  const input: LayerParameter = {
    name: tower.input,
    type: 'Input',
    top: [tower.input],
    ...((tower.transform || tower.affine) && { transform_param: transform }),
    input_param: { shape: [{ dim: [1, channels, crop || height, crop || width] }] },
  };
  return { name: tower.net, layer: [input, ...tower.layers] };
}

interface Trace {
  input: string;
  /** The data or input layer behind it. */
  source: LayerParameter;
  indices: number[];
}

function trace(layers: readonly LayerParameter[], encoding: string): Trace {
  const inputs = new Map<string, LayerParameter>();
  const needed = new Set<number>();
  const visit = (blob: string, before: number): void => {
    const i = producer(layers, blob, before);
    const layer = layers[i];
    if (!layer) throw new SiameseError('input', `no layer makes the blob "${blob}", which the encoding depends on`);
    const source = sourceOf(layers, i);
    if (source) {
      inputs.set(blob, source);
      return;
    }
    if (needed.has(i)) return;
    needed.add(i);
    for (const bottom of layer.bottom ?? []) visit(bottom, i);
  };
  visit(encoding, layers.length);
  const [first, second] = inputs.keys();
  if (first === undefined || needed.size === 0) {
    throw new SiameseError('input', `the blob "${encoding}" is no encoding: no layer stands between it and the data`);
  }
  const source = inputs.get(first)!;
  if (second !== undefined) {
    throw new SiameseError('input', `the encoding "${encoding}" depends on two inputs, "${first}" and "${second}"`, {
      help: 'an encoding is made of one image',
    });
  }
  if ((source.data_param?.images_per_blob ?? 1) > 1 && source.top?.includes(first)) {
    throw new SiameseError(
      'input',
      `the encoding "${encoding}" depends on both images of a pair: no Slice parts them`,
      {
        at: positionOf(source, 'data_param.images_per_blob'),
        layer: source.name,
      },
    );
  }
  return { input: first, source, indices: [...needed].sort((a, b) => a - b) };
}

/** Layers that hand images of their first bottom to towers as they are. */
const PARTS: ReadonlySet<string> = new Set(['slice', 'datasequence']);

/** The data or input layer that layer `i` is, or whose images it hands to the towers. */
function sourceOf(layers: readonly LayerParameter[], i: number): LayerParameter | undefined {
  const layer = layers[i]!;
  if (!layer.bottom?.length) return layer;
  if (!PARTS.has(typeName(layer)) || slicesImage(layer)) return undefined;
  const before = producer(layers, layer.bottom[0]!, i);
  return before < 0 ? undefined : sourceOf(layers, before);
}

/** Whether it is a Slice of rows or columns, which parts an image and not the images of a pair. */
function slicesImage({ slice_param }: LayerParameter): boolean {
  const axis = slice_param?.axis ?? slice_param?.slice_dim ?? 1;
  return axis >= 2 || axis === -1 || axis === -2;
}

/** The last layer before `before` that has `blob` as a top: an in-place layer counts as its producer. -1: none. */
function producer(layers: readonly LayerParameter[], blob: string, before = layers.length): number {
  for (let i = before - 1; i >= 0; i--) if (layers[i]!.top?.includes(blob)) return i;
  return -1;
}

function encodingOf(layers: readonly LayerParameter[]): string | undefined {
  for (const type of COMPARES) {
    const layer = layers.find((candidate) => typeName(candidate) === type);
    if (layer?.bottom?.[0] !== undefined) return layer.bottom[0];
  }
  return undefined;
}

/** The TEST phase's data layer knows best how an image is to be treated; chance belongs to training. */
function transformOf(test: readonly LayerParameter[], layers: readonly LayerParameter[], source: LayerParameter) {
  const twin = layers === test ? source : test.find((layer) => layer.name === source.name && !layer.bottom?.length);
  const transform = (twin ?? source).transform_param;
  if (!transform) return undefined;
  const { mirror: _chance, affine_param: _warps, ...rest } = transform;
  return rest;
}

/** Of the data layer that training reads by, which warps; in a deploy net, of the input itself. */
function affineOf(train: readonly LayerParameter[], source: LayerParameter): AffineParameter | undefined {
  const twin = train.find((layer) => layer.name === source.name && !layer.bottom?.length);
  return (twin ?? source).transform_param?.affine_param;
}

function bare(layer: LayerParameter): LayerParameter {
  const { include, exclude, phase, loss_weight, propagate_down, blobs, max_bottom_count, ...rest } = layer;
  copyPositions(layer, rest);
  return rest;
}

function typeName(layer: LayerParameter): string {
  return (layer.type ?? '').toLowerCase().replaceAll('_', '');
}

function unknownBlob(layers: readonly LayerParameter[], blob: string, param: NetParameter): SiameseError {
  const near = nearest(
    blob,
    layers.flatMap((layer) => layer.top ?? []),
  );
  return new SiameseError('input', `the net "${param.name ?? ''}" has no blob "${blob}"`, {
    help: near === undefined ? undefined : `did you mean "${near}"?`,
  });
}
