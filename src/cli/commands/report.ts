/** siamese report: one HTML page about a trained net. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { readWeights } from '../../proto/files.js';
import { curves, drawNet, reportHtml, type Section, weightMaps } from '../../report/index.js';
import { type Call, usageError } from '../call.js';
import { describeNet } from '../described-nets.js';
import { refuseExisting, writeOutput } from '../output-file.js';
import { readLog } from '../plots/curves.js';
import { type EncodedTest, encodeTest, plotEncoded } from '../plots/encodings.js';
import { imageOf } from '../plots/weights.js';
import { findCaffemodel } from '../trained.js';

export async function run(typed: Call): Promise<number> {
  const call = withRun(typed);
  const { flags, terminal } = call;
  const caffemodel = flags.snapshot ?? findCaffemodel(call);
  const base = path.basename(caffemodel).replace(/\.caffemodel(\.h5)?$/, '');
  const output = flags.output ?? `${base}.html`;
  if (flags.output !== undefined) refuseExisting(output, call);
  const log = flags.log ?? findLog(caffemodel);
  const encoded = await encodeTest(call);
  const sections = [
    ...(log === undefined ? [] : [curvesOf(log)]),
    ...encodedSections(encoded, call),
    weightsOf(caffemodel),
    await netOf(call),
  ];
  const html = reportHtml({ title: base, facts: factsOf(encoded, log), sections });
  writeOutput(output, html, flags.output === undefined ? { ...call, flags: { ...flags, force: true } } : call);
  const headings = sections.map(({ heading }) => heading);
  if (terminal.json) terminal.outJson('siamese.report/1', { output, snapshot: caffemodel, log, sections: headings });
  else terminal.out(output);
  if (log === undefined) terminal.talk('note: no log of this training is here; --log FILE adds its curves');
  return 0;
}

/** RUN is a snapshot: the same as --snapshot. The snapshot is looked for once, so that it is told once. */
function withRun(call: Call): Call {
  const { args, flags } = call;
  const [named, ...more] = args;
  if (more.length > 0) throw usageError(`report takes one run, but was given ${args.length}`);
  if (named !== undefined && flags.snapshot !== undefined) throw usageError('give RUN or --snapshot, but not both');
  const chosen = { ...call, args: [], flags: { ...flags, snapshot: named ?? flags.snapshot } };
  if (flags.weights !== undefined) return chosen;
  return { ...chosen, flags: { ...chosen.flags, snapshot: findCaffemodel(chosen) } };
}

const LOG_NAME = /\.(log|jsonl|json|txt)$/i;
const LARGEST_LOG = 1 << 28;

/** The newest file beside the snapshot or in this folder that names the snapshot and is a log of a training. */
function findLog(caffemodel: string): string | undefined {
  const candidates = [...new Set([path.dirname(caffemodel), '.'])].flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && LOG_NAME.test(entry.name))
      .map((entry) => path.join(folder, entry.name)),
  );
  return candidates
    .filter((file) => statSync(file).size < LARGEST_LOG)
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
    .find((file) => {
      const text = readFileSync(file, 'latin1');
      return text.includes(path.basename(caffemodel)) && /Iteration \d+.*loss = |siamese\.train/.test(text);
    });
}

function curvesOf(log: string): Section {
  const picture = curves(readLog(log), { title: path.basename(log) });
  return { heading: 'Training', note: `Losses, test outputs and learning rate by iteration, from ${log}.`, picture };
}

function encodedSections(encoded: EncodedTest, { flags }: Call): Section[] {
  const section = (heading: string, kind: Parameters<typeof plotEncoded>[0], note: string): Section => ({
    heading,
    note,
    picture: plotEncoded(kind, encoded, flags).picture,
  });
  return [
    section(
      'Encodings',
      'encodings',
      'One point for each test record; the names stand at the centroids of the training records.',
    ),
    ...(encoded.evaluation
      ? [
          section(
            'Confusion',
            'confusion',
            'Rows are true classes, columns the nearest centroid; at the right, how many were right.',
          ),
        ]
      : []),
    section(
      'Distances',
      'distances',
      'Distances between pairs of test encodings; the threshold is where both errors are equally frequent.',
    ),
    section('ROC', 'roc', 'Each point is a threshold: pairs of two classes accepted, and pairs of one class accepted.'),
  ];
}

function weightsOf(caffemodel: string): Section {
  const weights = readWeights(caffemodel);
  const picture = weightMaps(weights, { title: path.basename(caffemodel), image: imageOf(caffemodel, weights) });
  return {
    heading: 'Weights',
    note: 'Blue is below zero, red above; layers that share their weights are shown once.',
    picture,
  };
}

async function netOf(call: Call): Promise<Section> {
  const { net } = await describeNet(call);
  const picture = drawNet(net, { title: `${net.name}, phase ${net.phase}` });
  return {
    heading: 'Net',
    note: 'The net as it was trained; layers with the same weights have a stripe of one colour.',
    picture,
  };
}

function factsOf({ caffemodel, source, labels, dimension, evaluation }: EncodedTest, log: string | undefined) {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  return [
    ['snapshot', caffemodel],
    ['test records', `${labels.length} of ${source}`],
    ['encoding', `${dimension} numbers`],
    ...(evaluation ? [['accuracy', `${percent(evaluation.accuracy)} by nearest centroid`]] : []),
    ...(evaluation ? [['unknown', `${percent(evaluation.refused)} of the test records would be refused`]] : []),
    ...(log === undefined ? [] : [['log', log]]),
  ] as [string, string][];
}
