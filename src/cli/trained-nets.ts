/** A trained net with all that testing it takes: its prototxt, its records of both phases, its encoder and centroids. */
import type { RecordSource } from '../data/index.js';
import { SiameseError } from '../errors.js';
import type { Phase } from '../layers/layer.js';
import { type Centroids, Encoder } from '../match/index.js';
import type { RecordShape } from '../match/tower-net.js';
import { readWeights } from '../proto/files.js';
import type { NetRequest } from '../solver/settings.js';
import { type Call, usageError } from './call.js';
import { chooseNet, closeSources, openSources } from './nets.js';
import { Progress } from './progress.js';
import { solverOf } from './runs.js';
import { saveCentroids } from './snapshot-centroids.js';
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

  /** The first Data layer of a phase. */
  async data(phase: Phase): Promise<PhaseData> {
    const request = chooseNet(this.call, phase, this.solver);
    const sources = await openSources(request);
    const source = [...sources.values()][0];
    if (source) return { request, source, close: () => closeSources(sources) };
    throw new SiameseError('input', `the net has no Data layer for phase ${phase}`, {
      help: 'it needs one whose records can be matched',
    });
  }

  encoder({ request, source }: PhaseData): Encoder {
    const { flags } = this.call;
    const { channels, height, width } = source.info;
    const recordShape: RecordShape = [channels, height, width];
    const { param, level, stages, folder } = request;
    return Encoder.fromNet(param, readWeights(this.caffemodel), {
      recordShape,
      level,
      stages,
      threads: flags.threads,
      weightsFile: this.caffemodel,
      ...(folder !== undefined && { baseFolder: folder }),
    });
  }

  /** Those beside the weights, or computed now from the training records and written there. */
  async centroids(encoder: Encoder, train: RecordSource): Promise<Centroids> {
    const { terminal } = this.call;
    const found = findCentroids(this.caffemodel);
    if (found) return found.centroids;
    terminal.talk(`no centroids beside ${this.caffemodel}: computing them from ${train.info.count} training records`);
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
