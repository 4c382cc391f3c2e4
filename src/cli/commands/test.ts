/** siamese test: accuracy by nearest centroid on all test records, or Caffe's own test of the net's outputs. */

import type { Encoder } from '../../match/encoder.js';
import { encodeSource, evaluate, type Metrics } from '../../match/index.js';
import { wilson } from '../../match/intervals.js';
import type { Measured } from '../../match/measured.js';
import { caffeTest } from '../caffe-test.js';
import { type Call, refuseArguments } from '../call.js';
import { confusionMatrix, confusionSummary } from '../confusion-text.js';
import { chosenDevice } from '../solver-mode.js';
import { type Baselines, measureBaselines } from '../test-baselines.js';
import { moreMetrics, reportMetrics } from '../test-metrics.js';
import { testRuns } from '../test-runs.js';
import { type PhaseData, TrainedNet, withProgress } from '../trained-nets.js';

export async function run(call: Call): Promise<number> {
  refuseArguments(call);
  chosenDevice(call); // refuses a GPU that is not there before any work
  const { flags, given, terminal } = call;
  if (flags.runs !== undefined) return testRuns(call);
  if (given.has('iterations') || (given.has('model') && given.has('weights'))) return caffeTest(call);
  const trained = TrainedNet.find(call);
  const train = await trained.data('TRAIN');
  let test: PhaseData | undefined;
  let encoder: Encoder | undefined;
  try {
    test = await trained.data('TEST');
    encoder = trained.encoder(train);
    const centroids = await trained.centroids(encoder, train.source);
    const { source } = test;
    const metrics = await withProgress(terminal, (onProgress) => {
      return evaluate(encoder!, centroids, source, { k: flags.k, tta: flags.tta, onProgress });
    });
    if (!terminal.json) reportAccuracy(call, source.info.name, metrics);
    const { dimension } = encoder;
    const names = new Map(metrics.perClass.map(({ label, name }) => [label, name]));
    const encodeTrain = () => encodeSource(encoder!, train.source);
    const set = { dimension, test: metrics, train: encodeTrain, classes: centroids.classes };
    const more = await moreMetrics(call, set, names);
    const sources = { train: train.source, test: source };
    const baselines = flags.baselines ? await measureBaselines(call, encoder, sources, more, names) : undefined;
    if (terminal.json) reportJson(call, trained.caffemodel, source.info.name, metrics, more, baselines);
    else {
      reportDetails(call, metrics, baselines);
      reportMetrics(call, more);
    }
    terminal.next('siamese match IMAGE.png');
    const wanted = flags['min-accuracy'];
    if (wanted === undefined || metrics.accuracy >= wanted) return 0;
    terminal.complain(`accuracy ${percent(metrics.accuracy)} is below --min-accuracy ${percent(wanted)}`);
    return 1;
  } finally {
    encoder?.dispose();
    await train.close();
    await test?.close();
  }
}

function reportJson(
  call: Call,
  snapshot: string,
  source: string,
  metrics: Metrics,
  more: readonly Measured[],
  baselines?: Baselines,
): void {
  const { total, correct, accuracy, refused, acceptedAccuracy, ties, perClass, confusion } = metrics;
  const { k, tta } = call.flags;
  call.terminal.outJson('siamese.test/1', {
    snapshot,
    source,
    ...(k === undefined ? { method: 'centroid' } : { method: 'knn', k }),
    tta,
    records: total,
    correct,
    accuracy,
    accuracyInterval: wilson(correct, total),
    baselines,
    refused,
    acceptedAccuracy,
    ties,
    classes: perClass.map(({ name, ...rest }) => ({ class: name, ...rest })),
    confusion,
    measured: more,
  });
}

function reportAccuracy({ flags, terminal }: Call, source: string, { accuracy, correct, total }: Metrics): void {
  const by = flags.k === undefined ? 'nearest centroid' : `the ${flags.k} nearest training images of each class`;
  const figure = terminal.paint('bold', percent(accuracy));
  const means = flags.tta > 1 ? `, means of ${flags.tta} encodings` : '';
  const { low, high } = wilson(correct, total);
  const range = `95 %: ${percent(low).trim().replace(' %', '')} to ${percent(high).trim().replace(' %', '')}`;
  terminal.out(`accuracy       ${figure}   ${correct} of ${total} records of ${source}, by ${by}${means} (${range})`);
}

function reportDetails({ terminal, flags }: Call, metrics: Metrics, baselines?: Baselines): void {
  const { refused, acceptedAccuracy } = metrics;
  if (baselines) {
    terminal.out(`untrained net  ${percent(baselines.untrained)}`);
    terminal.out(`raw pixels     ${percent(baselines.pixels)}`);
  }
  const others = Number.isNaN(acceptedAccuracy) ? '' : `; ${percent(acceptedAccuracy).trim()} of the others are right`;
  terminal.out(`unknown        ${percent(refused)}   of these records would be refused${others}`);
  terminal.out('');
  for (const line of confusionSummary(metrics)) terminal.out(line);
  if (flags.confusion) for (const line of ['', ...confusionMatrix(metrics)]) terminal.out(line);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`.padStart(8);
}
