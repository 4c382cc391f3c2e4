/** Watches the encodings that a loss compares: how far apart they are, and by which known way a training is failing. */
import { native } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import type { Net, NetLayer } from '../net/net-types.js';
import { positionOf } from '../proto/positions.js';

/** Of one batch. */
export interface EncodingStatistics {
  /** Mean distance of two images of one class, and of two classes; NaN where the batch has no such pair. */
  same: number;
  different: number;
  /** Mean squared distance of an encoding from the mean of all. */
  variance: number;
  /**
   * Share of negatives that still teach. Pairs: unlike ones within the margin; triplets: those that cost; batches: images
   * with one of another class nearer than their farthest of their own (0 to 1).
   */
  activeNegatives: number;
}

export type Diagnosis = 'collapsed' | 'inverted' | 'idle' | 'stuck';

/** What a net's loss compares: names of its blobs, to be read after a pass. */
export interface Watched {
  layer: NetLayer;
  kind: 'pairs' | 'triplets' | 'batch';
  blobs: string[];
  /** Encodings in a bottom. */
  items: number;
  /** Distances are on the scale of this: the margin, or 1 on the unit sphere. */
  scale: number;
  normalized: boolean;
}

const TYPES = ['ContrastiveLoss', 'TripletLoss', 'SupervisedContrastiveLoss', 'MultiSimilarityLoss', 'ArcFaceLoss'];

/** The first loss of the net that compares encodings and counts. */
export function findWatched(net: Net): Watched | undefined {
  const layer = net.layers.find(({ type, lossWeights }) => TYPES.includes(type.type) && lossWeights[0] !== 0);
  if (!layer) return undefined;
  const { attributes } = layer.setup;
  const blobs = layer.bottoms.map((bottom) => net.blobs[bottom]!.name);
  const normalized = layer.type.type === 'ArcFaceLoss' || attributes.normalize === true;
  const items = net.blobs[layer.bottoms[0]!]!.shape[0]!;
  const of = (kind: Watched['kind'], scale: number): Watched => {
    return { layer, kind, blobs: blobs.slice(0, kind === 'batch' ? 2 : 3), items, scale, normalized };
  };
  if (layer.type.type === 'ContrastiveLoss') {
    const margin = Number(attributes.margin);
    return of('pairs', attributes.legacy ? Math.sqrt(margin) : margin);
  }
  return blobs.length > 2 ? of('triplets', Math.sqrt(Number(attributes.alpha))) : of('batch', 1);
}

/** `read` gives a blob's values in Caffe's order. */
export function encodingStatistics(watched: Watched, read: (blob: string) => Float32Array): EncodingStatistics {
  const [first, second, third] = watched.blobs.map(read) as [Float32Array, Float32Array, Float32Array];
  if (watched.kind === 'pairs') return ofPairs(first, second, third, watched);
  if (watched.kind === 'triplets') return ofTriplets(first, second, third, watched);
  return ofBatch(first, second, watched.normalized);
}

/** Notices what lasts: a diagnosis is told once, when it has held at several displays running. */
export class CollapseMonitor {
  #held: Diagnosis | undefined;
  #times = 0;
  #told: Diagnosis | undefined;

  constructor(readonly watched: Watched) {}

  /** The warning that is due after these statistics, or none. */
  notice(statistics: EncodingStatistics): SiameseError | undefined {
    const found = diagnose(statistics, this.watched.scale);
    this.#times = found === this.#held ? this.#times + 1 : 1;
    this.#held = found;
    if (found === undefined) this.#told = undefined;
    if (found === undefined || found === this.#told || this.#times < PATIENCE[found]) return undefined;
    this.#told = found;
    const { param, type } = this.watched.layer;
    const [message, help] = WORDS[found];
    return new SiameseError('data', `layer "${param.name ?? ''}" (${type.type}): ${message}`, {
      layer: param.name,
      at: positionOf(param, 'type'),
      help,
    });
  }
}

/** The way in which a training with such encodings fails; undefined while it does not. */
export function diagnose(statistics: EncodingStatistics, scale: number): Diagnosis | undefined {
  const { same, different, activeNegatives } = statistics;
  if (different < POINT * scale && !(same > different * 2)) return 'collapsed';
  if (same > INVERTED * different) return 'inverted';
  if (activeNegatives === 0) return 'idle';
  if (different < UNPARTED * same) return 'stuck';
  return undefined;
}

/** Shares of the scale, or of each other, at which distances say something. */
const POINT = 0.01;
const INVERTED = 1.5;
const UNPARTED = 1.05;

/** Displays running: every net begins unparted, and one batch may lack hard negatives. */
const PATIENCE: Readonly<Record<Diagnosis, number>> = { collapsed: 2, inverted: 2, idle: 3, stuck: 5 };

const WORDS: Readonly<Record<Diagnosis, readonly [message: string, help: string]>> = {
  collapsed: [
    'collapsed: all encodings lie in one point, whatever the class',
    'lower base_lr; normalise the encodings, or use BatchNorm in the tower; mine softer negatives (SEMI_HARD, not HARD)',
  ],
  inverted: [
    'images of one class are further apart than those of two: the labels look inverted',
    'label 1 of a pair, or two equal class labels, must mean the same class',
  ],
  idle: [
    'no negative teaches any more: all unlike images are further apart than the loss asks for',
    'raise the margin, or let negatives be mined (negative_mining: HARD); if accuracy is what you want, training is done',
  ],
  stuck: [
    'stuck: images of two classes are no further apart than those of one',
    'raise base_lr if the loss stands still, lower it if the loss jumps; use larger batches; look at the data with siamese data check',
  ],
};

function ofPairs(a: Float32Array, b: Float32Array, labels: Float32Array, watched: Watched): EncodingStatistics {
  const { items } = watched;
  const columns = labels.length / items;
  const dimension = a.length / items;
  const legacy = watched.layer.setup.attributes.legacy === true;
  const margin = Number(watched.layer.setup.attributes.margin);
  const same = new Mean();
  const different = new Mean();
  const active = new Mean();
  for (let i = 0; i < items; i++) {
    const label = labels.subarray(i * columns, (i + 1) * columns);
    const like = columns === 1 ? Math.trunc(label[0]!) !== 0 : label.every((l) => l === label[0]);
    const d = distance(a, b, i * dimension, dimension);
    (like ? same : different).add(d);
    if (!like) active.add((legacy ? d * d : d) < margin ? 1 : 0);
  }
  const variance = (varianceOf(a, dimension) + varianceOf(b, dimension)) / 2;
  return { same: same.value, different: different.value, variance, activeNegatives: active.value };
}

function ofTriplets(a: Float32Array, p: Float32Array, n: Float32Array, watched: Watched): EncodingStatistics {
  const { items, layer } = watched;
  const dimension = a.length / items;
  const same = new Mean();
  const different = new Mean();
  const active = new Mean();
  for (let i = 0; i < items; i++) {
    const [near, far] = [distance(a, p, i * dimension, dimension), distance(a, n, i * dimension, dimension)];
    same.add(near);
    different.add(far);
    active.add(near * near - far * far + Number(layer.setup.attributes.alpha) > 0 ? 1 : 0);
  }
  const variance = varianceOf(a, dimension);
  return { same: same.value, different: different.value, variance, activeNegatives: active.value };
}

function ofBatch(given: Float32Array, labels: Float32Array, normalized: boolean): EncodingStatistics {
  const items = labels.length;
  const dimension = given.length / items;
  const encodings = normalized ? unit(given, dimension) : given;
  const squared = new Float32Array(items * items);
  native().squaredDistances(encodings, encodings, dimension, squared);
  const same = new Mean();
  const different = new Mean();
  const active = new Mean();
  for (let i = 0; i < items; i++) {
    let [farthest, nearest] = [-1, Infinity];
    for (let j = 0; j < items; j++) {
      if (j === i) continue;
      const d = Math.sqrt(Math.max(squared[i * items + j]!, 0));
      const like = labels[i] === labels[j];
      (like ? same : different).add(d);
      if (like) farthest = Math.max(farthest, d);
      else nearest = Math.min(nearest, d);
    }
    if (farthest >= 0 && nearest < Infinity) active.add(nearest < farthest ? 1 : 0);
  }
  const variance = varianceOf(encodings, dimension);
  return { same: same.value, different: different.value, variance, activeNegatives: active.value };
}

class Mean {
  #sum = 0;
  #count = 0;

  add(value: number): void {
    this.#sum += value;
    this.#count++;
  }

  get value(): number {
    return this.#count === 0 ? Number.NaN : this.#sum / this.#count;
  }
}

function distance(a: Float32Array, b: Float32Array, from: number, length: number): number {
  let sum = 0;
  for (let k = from; k < from + length; k++) sum += (a[k]! - b[k]!) ** 2;
  return Math.sqrt(sum);
}

function unit(encodings: Float32Array, dimension: number): Float32Array {
  const out = new Float32Array(encodings.length);
  for (let from = 0; from < out.length; from += dimension) {
    const row = encodings.subarray(from, from + dimension);
    const length = Math.hypot(...row) || 1;
    out.set(
      row.map((x) => x / length),
      from,
    );
  }
  return out;
}

function varianceOf(encodings: Float32Array, dimension: number): number {
  const items = encodings.length / dimension;
  let total = 0;
  for (let c = 0; c < dimension; c++) {
    let [sum, squares] = [0, 0];
    for (let k = c; k < encodings.length; k += dimension) sum += encodings[k]!;
    for (let k = c; k < encodings.length; k += dimension) squares += (encodings[k]! - sum / items) ** 2;
    total += squares / items;
  }
  return total;
}
