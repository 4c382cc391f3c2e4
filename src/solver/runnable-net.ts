/** A net that runs: built from a prototxt with its records, its engine and its feeds. Training and test nets alike. */
import { createFeed } from '../data/create-feed.js';
import type { Decoder } from '../data/decoder.js';
import type { Feed } from '../data/feed.js';
import { openLayerSource } from '../data/layer-source.js';
import { MemoryFeed, MemoryFeedSource } from '../data/memory-feed.js';
import type { RecordSource } from '../data/record-source.js';
import { Engine } from '../engine/engine.js';
import type { Device, RecordSet, RunRequest, RunResult } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { findLayerType } from '../layers/index.js';
import { buildNet, filterNet } from '../net/net.js';
import type { Net } from '../net/net-types.js';
import { compile } from '../plan/compile.js';
import type { Plan, PlanSolver } from '../plan/plan.js';
import type { LayerParameter } from '../proto/messages.js';
import { findWatched, type Watched } from './collapse-monitor.js';
import { type Hdf5Sink, outputSinks, runSingly } from './hdf5-sink.js';
import type { NetRequest } from './settings.js';
import { Supply } from './supply.js';

export interface RunnableOptions {
  seed: number;
  /** With one the net can train. */
  solver?: PlanSolver | undefined;
  /** Every blob stays readable after a pass. */
  keepAll?: boolean | undefined;
  threads?: number | undefined;
  towers?: boolean | undefined;
  fuse?: boolean | undefined;
  device?: Device | undefined;
  residentLimit?: number | undefined;
  /** Who decodes images; by default the threads that all data sets share. */
  decoder?: Decoder | undefined;
  /** Encodings stay readable after a pass, for the collapse monitor. */
  monitor?: boolean | undefined;
  warn?: ((warning: SiameseError) => void) | undefined;
  /** Told when the records of a layer begin anew. */
  onRestart?: ((layer: string) => void) | undefined;
}

/** A blob that each pass copies out: a net output. */
export interface Output {
  name: string;
  count: number;
  lossWeight: number;
}

export interface SourceOfLayer {
  layer: LayerParameter;
  source: RecordSource;
}

export class RunnableNet {
  readonly outputs: readonly Output[];
  readonly supply: Supply;

  private constructor(
    readonly request: NetRequest,
    readonly net: Net,
    readonly plan: Plan,
    readonly engine: Engine,
    readonly feeds: readonly Feed[],
    /** By name of the Data layer. */
    readonly sources: ReadonlyMap<string, SourceOfLayer>,
    /** What the collapse monitor reads. */
    readonly watched: Watched | undefined,
    private readonly sinks: readonly Hdf5Sink[],
  ) {
    this.outputs = plan.outputs.map((name) => describeOutput(net, name));
    this.supply = new Supply(
      plan.feeds.map(({ name }) => name),
      feeds,
    );
  }

  static async build(request: NetRequest, options: RunnableOptions): Promise<RunnableNet> {
    const opened: { close(): unknown }[] = [];
    try {
      const { phase, level, stages } = request;
      const filtered = filterNet(request.param, { phase, level, stages });
      const sources = new Map<string, SourceOfLayer>();
      for (const layer of filtered.layer ?? []) {
        if (!findLayerType(layer).fed) continue;
        const source = await openLayerSource(layer, request.folder ?? '.', options.decoder);
        opened.push(source);
        sources.set(layer.name ?? '', { layer, source });
      }
      const net = buildNet(request.param, {
        phase,
        level,
        stages,
        recordShapes: (layer) => shapeOf(sources.get(layer.name ?? '')?.source),
        recordParts: (layer) => sources.get(layer.name ?? '')?.source.info.parts,
        labelCount: await labelCount(filtered.layer ?? [], sources),
        warn: options.warn,
      });
      const train = options.solver !== undefined;
      const watched = options.monitor ? findWatched(net) : undefined;
      const sinks = outputSinks(net);
      const kept = sinks.flatMap(({ blobs }) => blobs);
      const plan = compile(net, {
        ...(watched && { watch: watched.blobs }),
        train,
        backward: train,
        ...(options.keepAll ? { keep: 'all' as const } : kept.length > 0 && { keep: kept }),
        ...(options.solver && { solver: options.solver }),
        ...(options.towers !== undefined && { towers: options.towers }),
        ...(options.fuse !== undefined && { fuse: options.fuse }),
        device: options.device?.type,
      });
      const feeds: Feed[] = [];
      for (const { name } of plan.feeds) {
        const { layer, source } = sources.get(name)!;
        const { seed, residentLimit, warn } = options;
        const feed = await createFeed({
          layer,
          phase,
          source,
          seed,
          baseFolder: request.folder ?? '.',
          ...(residentLimit !== undefined && { residentLimit }),
          ...(warn && { warn }),
          onRestart: options.onRestart,
        });
        opened.unshift(feed);
        feeds.push(feed);
      }
      const { threads, device, seed } = options;
      const engine = new Engine(plan, { seed, ...(threads !== undefined && { threads }), ...(device && { device }) });
      feeds.forEach((feed, i) => {
        if (feed.resident) engine.setRecords(i, feed.resident);
        if (feed.mean) engine.setMean(i, feed.mean);
      });
      return new RunnableNet(request, net, plan, engine, feeds, sources, watched, sinks);
    } catch (error) {
      for (const thing of opened) await thing.close();
      throw error;
    }
  }

  /** Floats that one pass adds to RunRequest.outputs. */
  get outputCount(): number {
    return this.outputs.reduce((sum, { count }) => sum + count, 0);
  }

  /** State that layers keep outside their blobs (generators), base64, by layer; layers without any are left out. */
  layerStates(): Record<string, string> {
    const states: Record<string, string> = {};
    for (const { name } of this.plan.layers) {
      const state = this.engine.readState(name);
      if (state.length > 0) states[name] = Buffer.from(state).toString('base64');
    }
    return states;
  }

  setLayerStates(states: Record<string, string>): void {
    for (const { name } of this.plan.layers) {
      const state = states[name];
      if (state !== undefined) this.engine.writeState(name, new Uint8Array(Buffer.from(state, 'base64')));
    }
  }

  /**
   * Runs the engine. A net with HDF5Output layers runs pass by pass, and what they are given is kept for their files, which
   * are written when the net is disposed of.
   */
  async run(request: RunRequest): Promise<RunResult> {
    if (this.sinks.length === 0) return this.engine.run(request);
    return runSingly(this.engine, request, request.count, () => {
      for (const sink of this.sinks) sink.add((blob) => this.engine.read(blob));
    });
  }

  /** Gives a MemoryData layer its records, from the first of them on; as many as whole batches. */
  setMemoryData(layer: string, records: RecordSet): void {
    const source = this.sources.get(layer)?.source;
    const feed = this.feeds[this.plan.feeds.findIndex(({ name }) => name === layer)];
    if (!(source instanceof MemoryFeedSource) || !(feed instanceof MemoryFeed)) {
      throw new SiameseError('input', `net ${this.net.name} has no MemoryData layer "${layer}"`);
    }
    source.set(records);
    feed.rewind();
  }

  async dispose(): Promise<void> {
    this.engine.dispose();
    for (const sink of this.sinks) sink.write();
    for (const feed of this.feeds) await feed.close();
    for (const { source } of this.sources.values()) await source.close();
  }
}

function describeOutput(net: Net, name: string): Output {
  const index = net.blobs.findLastIndex((blob) => blob.name === name);
  const count = net.blobs[index]!.shape.reduce((a, b) => a * b, 1);
  for (const layer of net.layers) {
    const top = layer.tops.indexOf(index);
    if (top >= 0 && layer.lossWeights[top]) return { name, count, lossWeight: layer.lossWeights[top] };
  }
  return { name, count, lossWeight: 0 };
}

function shapeOf(source: RecordSource | undefined): [number, number, number] | undefined {
  return source && [source.info.channels, source.info.height, source.info.width];
}

/** Highest label + 1 of the first source; only layers that keep a row per label make it worth reading all labels. */
async function labelCount(
  layers: readonly LayerParameter[],
  sources: ReadonlyMap<string, SourceOfLayer>,
): Promise<number | undefined> {
  if (!layers.some((layer) => /^(Decode|AccuracyEncoding|DataSequence)$/.test(findLayerType(layer).type)))
    return undefined;
  const [first] = sources.values();
  if (!first) return undefined;
  return (await first.source.labels()).reduce((most, label) => Math.max(most, label), -1) + 1;
}
