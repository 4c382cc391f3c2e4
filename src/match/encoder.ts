/**
 * Turns images into encodings with one tower of a trained net.
 *
 *   using encoder = Encoder.fromNet(trainingNet, weights, { recordShape: [1, 28, 28] });
 *   const encodings = await encoder.encode(records);   // records.count x encoder.dimension floats
 */

import { Engine } from '../engine/engine.js';
import { type Device, native, type RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import type { Net } from '../net/net-types.js';
import { compile } from '../plan/compile.js';
import type { Plan } from '../plan/plan.js';
import type { Weights } from '../proto/files.js';
import type { NetParameter } from '../proto/messages.js';
import { applyWeights } from '../solver/weights.js';
import { cutTower, deployNet, type Tower, type TowerOptions } from './tower.js';
import { type RecordShape, towerNet } from './tower-net.js';

export interface EncoderOptions extends TowerOptions {
  /** One image: channels, height, width. Not needed for a deploy net, whose Input layer says it. */
  recordShape?: RecordShape | undefined;
  /** Images per pass. */
  batchSize?: number | undefined;
  threads?: number | undefined;
  device?: Device | undefined;
  /** Where a relative mean_file is looked for first. */
  baseFolder?: string | undefined;
  /** The mean image, in place of transform_param's mean_file. */
  mean?: Float32Array | undefined;
  /** The file of the weights, for messages. */
  weightsFile?: string | undefined;
}

/** Large enough that each pass is long against its start, small enough that activations stay in cache. */
const BATCH = 250;

export interface EncodeOptions {
  /** Mean over so many encodings: of the image, and of slightly changed copies of it (see tta.ts). 1: of the image. */
  tta?: number | undefined;
}

/** Changed copies of images encoded between two averages. */
const COPIES_AT_ONCE = 20_000;

interface Images {
  records: RecordSet;
  order: Int32Array;
  warps?: Float32Array;
}

interface Runner {
  net: Net;
  plan: Plan;
  engine: Engine;
  batch: number;
}

export class Encoder {
  readonly tower: Tower;
  readonly recordShape: RecordShape;
  /** Length of an encoding. */
  readonly dimension: number;
  readonly mean: Float32Array | undefined;
  private readonly runners = new Map<number, Runner>();
  private weights: Weights;
  /** The tower for one image. */
  private readonly single: Net;

  private constructor(
    tower: Tower,
    weights: Weights,
    private readonly options: EncoderOptions,
    recordShape: RecordShape,
  ) {
    this.tower = tower;
    this.weights = weights;
    this.recordShape = recordShape;
    this.mean = options.mean ?? meanOf(tower, recordShape, options.baseFolder);
    this.single = towerNet(tower, recordShape, 1);
    this.dimension = lengthOf(this.single, tower.encoding);
  }

  /** Cuts the tower from a training net, or takes a deploy net, and gives it weights. */
  static fromNet(param: NetParameter, weights: Weights, options: EncoderOptions = {}): Encoder {
    const tower = cutTower(param, options);
    const shape = options.recordShape ?? inputShape(param);
    if (!shape) throw new SiameseError('internal', 'an encoder for a training net needs the shape of its records');
    return new Encoder(tower, weights, options, shape);
  }

  /** The tower as a deploy net, its Input layer with the transform. */
  get deploy(): NetParameter {
    return deployNet(this.tower, this.recordShape);
  }

  /** Other weights for the same tower. */
  setWeights(weights: Weights): void {
    this.weights = weights;
    for (const runner of this.runners.values()) this.load(runner);
  }

  /** Encodings of all records in order, `dimension` floats each. */
  async encode(records: RecordSet, { tta = 1 }: EncodeOptions = {}): Promise<Float32Array> {
    this.checkShape(records);
    const { count } = records;
    if (count === 0) return new Float32Array(0);
    if (tta > 1) return this.averaged(records, tta);
    const batch = count === 1 ? 1 : (this.options.batchSize ?? BATCH);
    return this.run(batch, { records, order: Int32Array.from({ length: count }, (_, i) => i) });
  }

  /** The copies of an image one after another, many images at a time. */
  private async averaged(records: RecordSet, copies: number): Promise<Float32Array> {
    const { smallWarps } = require('./tta.js') as typeof import('./tta.js');
    const { tower, recordShape, dimension } = this;
    const maps = smallWarps(copies, recordShape, tower.transform?.crop_size ?? 0, tower.affine);
    const batch = Math.min(records.count * copies, this.options.batchSize ?? BATCH);
    const atOnce = Math.max(1, Math.floor(COPIES_AT_ONCE / copies));
    const out = new Float32Array(records.count * dimension);
    for (let from = 0; from < records.count; from += atOnce) {
      const n = Math.min(atOnce, records.count - from);
      const images = Int32Array.from({ length: n * copies }, (_, i) => Math.floor(i / copies));
      const warps = new Float32Array(n * maps.length);
      for (let i = 0; i < n; i++) warps.set(maps, i * maps.length);
      const encodings = await this.run(batch, { records, order: images.map((image) => from + image), warps });
      const means = out.subarray(from * dimension, (from + n) * dimension);
      native().classMeans(encodings, images, dimension, means, new Int32Array(n));
    }
    return out;
  }

  /** One encoding for each entry of `order`. */
  private async run(batch: number, { records, order, warps }: Images): Promise<Float32Array> {
    const { engine } = this.runner(batch);
    const passes = Math.ceil(order.length / batch);
    const last = order.length - 1;
    // The last pass is filled up with the last record.
    const full = Int32Array.from({ length: passes * batch }, (_, i) => order[Math.min(i, last)]!);
    const outputs = new Float32Array(passes * batch * this.dimension);
    const feed = { order: full, records, ...(warps && { warps: filledUp(warps, order.length, passes * batch) }) };
    const { done } = await engine.run({ count: passes, mode: 'forward', feeds: [feed], outputs });
    if (done < passes) throw new SiameseError('internal', 'the encoder was interrupted');
    return outputs.subarray(0, order.length * this.dimension);
  }

  /** Frees the engines. May be called again. */
  dispose(): void {
    for (const { engine } of this.runners.values()) engine.dispose();
    this.runners.clear();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  private runner(batch: number): Runner {
    const known = this.runners.get(batch);
    if (known) return known;
    const net = batch === 1 ? this.single : towerNet(this.tower, this.recordShape, batch);
    const { threads, device } = this.options;
    const plan = compile(net, { train: false, outputs: [this.tower.encoding], device: device?.type });
    const engine = new Engine(plan, { ...(threads !== undefined && { threads }), device });
    const runner = { net, plan, engine, batch };
    try {
      this.load(runner);
      if (this.mean) engine.setMean(0, this.mean);
    } catch (error) {
      engine.dispose();
      throw error;
    }
    this.runners.set(batch, runner);
    return runner;
  }

  private load({ net, engine }: Runner): void {
    const { weightsFile } = this.options;
    const { missing } = applyWeights(net, engine, this.weights, weightsFile);
    if (missing.length === 0) return;
    throw new SiameseError('input', `${weightsFile ?? 'the weight file'} has no weights for layer "${missing[0]}"`, {
      layer: missing[0],
      help: 'do the net and the weights belong together?',
    });
  }

  private checkShape({ channels, height, width }: RecordSet): void {
    const [c, h, w] = this.recordShape;
    if (channels === c && height === h && width === w) return;
    throw new SiameseError(
      'data',
      `the images are ${channels} x ${height} x ${width}, the net takes ${c} x ${h} x ${w}`,
      {
        help: 'channels x height x width must agree',
      },
    );
  }
}

/** Of `images` images, and the last one's repeated until there are `count`. */
function filledUp(warps: Float32Array, images: number, count: number): Float32Array {
  const size = warps.length / images;
  const out = new Float32Array(size * count);
  out.set(warps);
  for (let at = warps.length; at < out.length; at += size) out.set(warps.subarray(-size), at);
  return out;
}

function lengthOf(net: Net, blob: string): number {
  const shape = net.blobs.findLast(({ name }) => name === blob)!.shape;
  return shape.slice(1).reduce((product, dim) => product * dim, 1);
}

function inputShape(param: NetParameter): RecordShape | undefined {
  const input = param.layer?.find((layer) => layer.type === 'Input')?.input_param?.shape?.[0]?.dim;
  return input?.length === 4 ? [input[1]!, input[2]!, input[3]!] : undefined;
}

function meanOf(tower: Tower, shape: RecordShape, baseFolder = '.'): Float32Array | undefined {
  const file = tower.transform?.mean_file;
  if (file === undefined) return undefined;
  // Loaded only here: with every database format behind it, it would cost `match` a tenth of its time.
  const { findFile } = require('../data/open-source.js') as typeof import('../data/open-source.js');
  const { readMeanFile } = require('../data/mean-file.js') as typeof import('../data/mean-file.js');
  return readMeanFile(findFile(file, baseFolder), [...shape]);
}
