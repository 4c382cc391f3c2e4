/** siamese test: accuracy by nearest centroid on all test records, or Caffe's own test of the net's outputs. */

import type { Encoder } from '../../match/encoder.js';
import { evaluate, evaluateAfresh, evaluatePixels, type Metrics, untrainedWeights } from '../../match/index.js';
import type { Measured } from '../../match/measured.js';
import { caffeTest } from '../caffe-test.js';
import { type Call, refuseArguments } from '../call.js';
import { chosenDevice } from '../solver-mode.js';
import { moreMetrics, reportMetrics } from '../test-metrics.js';
import { testRuns, UNTRAINED_SEED } from '../test-runs.js';
import { type PhaseData, TrainedNet, withProgress } from '../trained-nets.js';

interface Baselines {
  untrained: number;
  pixels: number;
}

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
    const more = await moreMetrics(call, metrics, encoder, train.source, centroids.classes);
    const baselines = flags.baselines ? await measureBaselines(encoder, train, test, call) : undefined;
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

/** What the same protocol gives without any training: the figures that an accuracy is to be held against. */
async function measureBaselines(encoder: Encoder, train: PhaseData, test: PhaseData, call: Call): Promise<Baselines> {
  call.terminal.talk('measuring an untrained net and raw pixels, to compare');
  encoder.setWeights(untrainedWeights(encoder.tower, encoder.recordShape, UNTRAINED_SEED));
  const untrained = await evaluateAfresh(encoder, train.source, test.source, { tta: call.flags.tta });
  const pixels = await evaluatePixels(train.source, test.source);
  return { untrained: untrained.accuracy, pixels: pixels.accuracy };
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
  terminal.out(`accuracy       ${figure}   ${correct} of ${total} records of ${source}, by ${by}${means}`);
}

function reportDetails({ terminal }: Call, metrics: Metrics, baselines?: Baselines): void {
  const { refused, acceptedAccuracy } = metrics;
  if (baselines) {
    terminal.out(`untrained net  ${percent(baselines.untrained)}`);
    terminal.out(`raw pixels     ${percent(baselines.pixels)}`);
  }
  const others = Number.isNaN(acceptedAccuracy) ? '' : `; ${percent(acceptedAccuracy).trim()} of the others are right`;
  terminal.out(`unknown        ${percent(refused)}   of these records would be refused${others}`);
  terminal.out('');
  for (const line of confusionSummary(metrics)) terminal.out(line);
}

/** Per class: recall, and what its records are mistaken for most. */
function confusionSummary({ perClass, confusion }: Metrics): string[] {
  const wide = Math.max(5, ...perClass.map(({ name }) => name.length));
  const lines = [`${'class'.padEnd(wide)}  records    right   mistaken for`];
  for (const [i, { name, total, recall }] of perClass.entries()) {
    if (total === 0) continue;
    const mistakes = confusion[i]!.map((count, j) => ({ count, name: perClass[j]!.name, self: i === j }))
      .filter(({ count, self }) => count > 0 && !self)
      .sort((a, b) => b.count - a.count);
    const shown = mistakes.slice(0, 4).map(({ count, name }) => `${name} (${count})`);
    if (mistakes.length > shown.length) shown.push('...');
    lines.push(`${name.padEnd(wide)}  ${String(total).padStart(7)}  ${percent(recall)}   ${shown.join(' ')}`.trimEnd());
  }
  return lines;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`.padStart(8);
}
