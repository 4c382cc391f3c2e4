/** siamese test --runs: error of one-shot classification in runs laid out as Omniglot's are. */
import { IMAGES_AT_ONCE } from '../data/images-at-once.js';
import { inParallel } from '../data/in-parallel.js';
import { MemorySource } from '../data/memory-source.js';
import { type OneShotRun, readOneShotRuns } from '../data/one-shot-runs.js';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { encodeSource } from '../match/encode-source.js';
import type { Measured } from '../match/measured.js';
import { type EncodedRun, matchRun, type RunResult, runsError } from '../match/one-shot-runs.js';
import { untrainedWeights } from '../match/untrained.js';
import { type Call, refuseArguments, usageError } from './call.js';
import { encoderFor } from './encode-images.js';
import { findEnrolment } from './enrolment.js';
import { joinRecords, readImage, shapeOf } from './images.js';
import { UNTRAINED_SEED } from './test-baselines.js';
import { reportMetrics } from './test-metrics.js';
import { withProgress } from './trained-nets.js';

/** What belongs to a data set with classes, and a net: that of the snapshot's centroid file is measured. */
const NOT_HERE = [
  'model',
  'k',
  'metrics',
  'hold-out',
  'episodes',
  'train-data',
  'test-data',
  'iterations',
  'blob',
] as const;

export async function testRuns(call: Call): Promise<number> {
  refuseArguments(call);
  const { flags, given, terminal } = call;
  const other = NOT_HERE.find((name) => given.has(name));
  if (other) throw usageError(`--runs and --${other} do not go together`);
  const runs = readOneShotRuns(flags.runs!);
  const enrolment = findEnrolment(call);
  const records = await readRuns(runs, enrolment.centroids, call);
  using encoder = encoderFor(enrolment, records, call);
  const { tta } = flags;
  const measure = async (show: (share: number) => void = () => {}): Promise<RunResult[]> => {
    const { encodings } = await encodeSource(encoder, MemorySource.of(flags.runs!, records), show, { tta });
    return matchAll(runs, encodings, encoder.dimension);
  };
  const results = await withProgress(terminal, measure);
  const measured = runsError(results);
  if (flags.baselines) {
    encoder.setWeights(untrainedWeights(encoder.tower, encoder.recordShape, UNTRAINED_SEED));
    const { bytes, channels, height, width } = records;
    const pixels = matchAll(runs, new Float32Array(bytes!), channels * height * width);
    measured.baselines = { untrained: runsError(await measure()).value, pixels: runsError(pixels).value };
  }
  if (tta > 1) measured.protocol += `; means of ${tta} encodings`;
  report(call, runs, results, measured, enrolment.caffemodel);
  const accuracy = 1 - measured.value;
  const wanted = flags['min-accuracy'];
  if (wanted === undefined || accuracy >= wanted) return 0;
  terminal.complain(`accuracy ${percent(accuracy)} is below --min-accuracy ${percent(wanted)}`);
  return 1;
}

/** The images of all runs as one set: of each run its examples, then those to recognise. */
async function readRuns(runs: readonly OneShotRun[], input: Parameters<typeof readImage>[1], { terminal }: Call) {
  const files = runs.flatMap(({ training, test }) => [...training, ...test.map(({ file }) => file)]);
  const records: RecordSet[] = new Array(files.length);
  const notes = new Map<number, string>();
  await inParallel(files.length, IMAGES_AT_ONCE, async (i) => {
    const { record, note } = await readImage(files[i]!, input);
    records[i] = record;
    if (note) notes.set(i, note);
  });
  const [first] = [...notes.keys()].sort((a, b) => a - b);
  if (first !== undefined)
    terminal.talk(`note: ${notes.get(first)}${notes.size > 1 ? `; so ${notes.size} images` : ''}`);
  const odd = records.findIndex((record) => shapeOf(record).join() !== shapeOf(records[0]!).join());
  if (odd > 0) throw new SiameseError('input', `${files[odd]} and ${files[0]} are not of one size`);
  return joinRecords(records);
}

function matchAll(runs: readonly OneShotRun[], rows: Float32Array, dimension: number): RunResult[] {
  let at = 0;
  const take = (count: number) => {
    at += count * dimension;
    return rows.subarray(at - count * dimension, at);
  };
  return runs.map(({ name, training, test }) => {
    const truth = test.map((image) => image.truth);
    const run: EncodedRun = { name, training: take(training.length), test: take(test.length), truth };
    return matchRun(run, dimension);
  });
}

function report(
  call: Call,
  runs: readonly OneShotRun[],
  results: readonly RunResult[],
  measured: Measured,
  snapshot: string,
): void {
  const { flags, terminal } = call;
  if (terminal.json) {
    const mistakes = runs.map(({ training, test }, r) => {
      return test.flatMap(({ file, truth }, i) => {
        const { found, tied } = results[r]!;
        if (found[i] === truth && !tied[i]) return [];
        return [{ image: file, class: training[truth], found: tied[i] ? null : training[found[i]!] }];
      });
    });
    const { tta, runs: folder } = flags;
    terminal.outJson('siamese.test.runs/1', {
      snapshot,
      folder,
      tta,
      error: measured.value,
      baselines: measured.baselines,
      ties: results.reduce((sum, { ties }) => sum + ties, 0),
      measured: [measured],
      runs: results.map(({ name, ways, total, wrong }, r) => {
        return { run: name, ways, images: total, wrong, error: wrong / total, mistakes: mistakes[r] };
      }),
    });
    return;
  }
  const wide = Math.max(...results.map(({ name }) => name.length), 'run'.length);
  terminal.out(`${'run'.padEnd(wide)}  ways  images  wrong     error`);
  for (const { name, ways, total, wrong } of results) {
    const [w, t, n] = [String(ways).padStart(4), String(total).padStart(6), String(wrong).padStart(5)];
    terminal.out(`${name.padEnd(wide)}  ${w}  ${t}  ${n}  ${percent(wrong / total)}`);
  }
  reportMetrics(call, [measured]);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`.padStart(8);
}
