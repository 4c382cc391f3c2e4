/** A trained net with all that testing it takes: its prototxt, its records of both phases, its encoder and centroids. */
import { openSource, type RecordSource } from '../data/index.js';
import { SiameseError } from '../errors.js';
import type { Phase } from '../layers/layer.js';
import { type Centroids, cutTower, Encoder } from '../match/index.js';
import { filterNet } from '../net/net.js';
import { readWeights } from '../proto/files.js';
import type { NetRequest } from '../solver/settings.js';
import { type Call, usageError } from './call.js';
import { inputOptions } from './images.js';
import { chooseNet, closeSources, openSources } from './nets.js';
import { Progress } from './progress.js';
import { solverOf } from './runs.js';
import { readsPairs, saveCentroids } from './snapshot-centroids.js';
import { chosenDevice } from './solver-mode.js';
import type { Terminal } from './terminal.js';
import { findCaffemodel, findCentroids } from './trained.js';

/** What a phase's Data layer reads. */
export interface PhaseData {
  request: NetRequest;
  source: RecordSource;
  close(): Promise<void>;
}

export class TrainedNet {
  private constructor(
    private readonly call: Call,
    readonly caffemodel: string,
    private readonly solver: string | undefined,
  ) {}

  /** By the flags; a snapshot written from this folder knows its own solver. */
  static find(call: Call): TrainedNet {
    const { flags, command } = call;
    const caffemodel = findCaffemodel(call);
    const solver = flags.model === undefined ? (flags.solver ?? solverOf(caffemodel)) : undefined;
    if (solver === undefined && flags.model === undefined) {
      const help = `siamese ${command} --snapshot ${caffemodel} --solver SOLVER.prototxt`;
      throw usageError(`${caffemodel} was not trained from this folder: name its net`, help);
    }
    return new TrainedNet(call, caffemodel, solver);
  }

  /** The records of a phase: those of its first Data layer, or what --train-data or --test-data names. */
  async data(phase: Phase): Promise<PhaseData> {
    const request = chooseNet(this.call, phase, this.solver);
    const named = this.call.flags[phase === 'TRAIN' ? 'train-data' : 'test-data'];
    const sources = named === undefined ? await openSources(request) : new Map([[named, await this.named(named)]]);
    const source = [...sources.values()][0];
    if (source) return { request, source, close: () => closeSources(sources) };
    throw new SiameseError('input', `the net has no Data layer for phase ${phase}`, {
      help: `--${phase === 'TRAIN' ? 'train' : 'test'}-data SOURCE names single labelled images`,
    });
  }

  /** A set that the user names; its images are brought to the net's input, where the centroids say what that is. */
  private async named(name: string): Promise<RecordSource> {
    const found = findCentroids(this.caffemodel);
    return openSource(name, undefined, found && inputOptions(found.centroids));
  }

  encoder({ request, source }: PhaseData): Encoder {
    const { flags } = this.call;
    const { channels, height, width } = source.info;
    const { param, phase, level, stages, folder } = request;
    const options = { level, stages, encoding: flags.blob };
    const own = flags[phase === 'TRAIN' ? 'train-data' : 'test-data'] === undefined;
    if (own && readsPairs(filterNet(param, { phase, level, stages }).layer ?? [], cutTower(param, options))) {
      throw new SiameseError('input', `the records of ${source.info.name} are ready-made pairs, without classes`, {
        help: '--train-data SOURCE and --test-data SOURCE name single labelled images, e.g. mnist:train and mnist:test',
      });
    }
    return Encoder.fromNet(param, readWeights(this.caffemodel), {
      ...options,
      recordShape: [channels, height, width],
      threads: flags.threads,
      device: chosenDevice(this.call),
      weightsFile: this.caffemodel,
      ...(folder !== undefined && { baseFolder: folder }),
    });
  }

  /** Those beside the weights if they are what the flags mean, else computed now from the training records and written there. */
  async centroids(encoder: Encoder, train: RecordSource): Promise<Centroids> {
    const { terminal, flags } = this.call;
    const found = flags['train-data'] === undefined ? findCentroids(this.caffemodel) : undefined;
    if (found?.centroids.encoding === encoder.tower.encoding) return found.centroids;
    terminal.talk(`computing centroids from ${train.info.count} training records of ${train.info.name}`);
    const { file, centroids } = await withProgress(terminal, (report) => {
      return saveCentroids(encoder, train, this.caffemodel, report);
    });
    terminal.talk(`wrote ${file}`);
    return centroids;
  }
}

/** Shows how far a pass over records has come, where someone watches. */
export async function withProgress<T>(
  terminal: Terminal,
  work: (report: (share: number) => void) => Promise<T>,
): Promise<T> {
  if (!terminal.watched) return work(() => {});
  const progress = new Progress(terminal, '%', 100);
  try {
    return await work((share) => progress.update(Math.round(share * 100)));
  } finally {
    progress.finish();
  }
}
