/**
 * Turns images into encodings with one tower of a trained net.
 *
 *   using encoder = Encoder.fromNet(trainingNet, weights, { recordShape: [1, 28, 28] });
 *   const encodings = await encoder.encode(records);   // records.count x encoder.dimension floats
 */

import { Engine } from '../engine/engine.js';
import type { Device, RecordSet } from '../engine/native.js';
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
    this.dimension = lengthOf(towerNet(tower, recordShape, 1), tower.encoding);
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
  async encode(records: RecordSet): Promise<Float32Array> {
    this.checkShape(records);
    const { count } = records;
    if (count === 0) return new Float32Array(0);
    const { engine, batch } = this.runner(count === 1 ? 1 : (this.options.batchSize ?? BATCH));
    const passes = Math.ceil(count / batch);
    // The last pass is filled up with the last record.
    const order = Int32Array.from({ length: passes * batch }, (_, i) => Math.min(i, count - 1));
    const outputs = new Float32Array(passes * batch * this.dimension);
    const { done } = await engine.run({ count: passes, mode: 'forward', feeds: [{ order, records }], outputs });
    if (done < passes) throw new SiameseError('internal', 'the encoder was interrupted');
    return outputs.subarray(0, count * this.dimension);
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
    const net = towerNet(this.tower, this.recordShape, batch);
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
