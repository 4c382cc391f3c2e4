/** siamese match: the class of each image, or that it is unknown. */

import { IMAGES_AT_ONCE } from '../../data/images-at-once.js';
import { inParallel } from '../../data/in-parallel.js';
import type { RecordSet } from '../../engine/native.js';
import { EXIT_CODES, formatError, SiameseError } from '../../errors.js';
import { readWeightsOf } from '../../match/centroid-file.js';
import { Encoder } from '../../match/encoder.js';
import { knownClasses } from '../../match/known-classes.js';
import { type Match, Matcher } from '../../match/matcher.js';
import type { Call } from '../call.js';
import { galleryToMatch } from '../enrolment.js';
import { imageNames, imagesIn, joinRecords, readImage, shapeOf } from '../images.js';
import { chosenDevice } from '../solver-mode.js';
import { colorError } from '../terminal.js';
import { findCaffemodel, needCentroids } from '../trained.js';

/** Images read before any of them is matched: as many as an encoder takes at once. */
const BATCH = 250;

interface Answer {
  image: string;
  match?: Match;
  /** What was done to bring the image to the net's input. */
  note?: string;
  error?: SiameseError;
}

type ReadAnswer = Answer & { record?: RecordSet };

export async function run(call: Call): Promise<number> {
  const { flags, terminal } = call;
  const names = imageNames(call).flatMap(imagesIn);
  const caffemodel = findCaffemodel(call);
  const { file, centroids } = needCentroids(caffemodel, 'unchecked');
  const weights = readWeightsOf(centroids, file, caffemodel);
  const gallery = galleryToMatch(call, caffemodel, centroids);
  const known = knownClasses(centroids, gallery, { which: flags.classes, k: flags.k });
  const matcher = new Matcher(known, { k: flags.k, threshold: flags.threshold });
  const device = chosenDevice(call);
  const encoders = new Map<string, Encoder>();
  const encoderFor = (record: RecordSet): Encoder => {
    const key = shapeOf(record).join();
    const { deploy, mean, encoding } = centroids;
    const { threads } = flags;
    const options = { recordShape: shapeOf(record), mean, encoding, threads, device, weightsFile: caffemodel };
    if (!encoders.has(key)) encoders.set(key, Encoder.fromNet(deploy, weights, options));
    return encoders.get(key)!;
  };

  const read = async (from: number): Promise<ReadAnswer[]> => {
    const batch: ReadAnswer[] = [];
    const some = Math.min(BATCH, names.length - from);
    await inParallel(some, some === 1 ? 1 : IMAGES_AT_ONCE, async (i) => {
      const image = names[from + i]!;
      try {
        batch[i] = { image, ...(await readImage(image, centroids)) };
      } catch (error) {
        if (!(error instanceof SiameseError) || names.length === 1) throw error;
        batch[i] = { image, error };
      }
    });
    return batch;
  };
  const matchAll = async (batch: readonly ReadAnswer[]): Promise<void> => {
    for (const same of bySize(batch)) {
      const records = joinRecords(same.map(({ record }) => record!));
      const matches = matcher.match(await encoderFor(records).encode(records, { tta: flags.tta }), records);
      for (const [i, answer] of same.entries()) answer.match = matches[i]!;
    }
  };

  const answers: Answer[] = [];
  try {
    let next = read(0);
    for (let from = 0; from < names.length; from += BATCH) {
      const batch = await next;
      // The engine's thread encodes these while the next ones are read here.
      const matching = matchAll(batch);
      if (from + BATCH < names.length) {
        next = read(from + BATCH);
        next.catch(() => {}); // reported when it is awaited
      }
      await matching;
      for (const { record, ...answer } of batch) {
        answers.push(answer);
        tell(answer, call);
      }
    }
  } finally {
    for (const encoder of encoders.values()) encoder.dispose();
    gallery?.close();
  }
  if (flags.json && !flags.jsonl) {
    const method = flags.k === undefined ? { method: 'centroid' } : { method: 'knn', k: flags.k };
    terminal.outJson('siamese.match/1', {
      snapshot: caffemodel,
      centroids: file,
      ...method,
      results: answers.map(toJson),
    });
  }
  terminal.next('siamese plot');
  if (answers.some(({ error }) => error)) return EXIT_CODES.input;
  return answers.some(({ match }) => match && !match.unknown) ? 0 : 1;
}

/** Images that can be encoded together. */
function bySize<T extends { record?: RecordSet }>(answers: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const answer of answers) {
    if (!answer.record) continue;
    const key = shapeOf(answer.record).join();
    const group = groups.get(key);
    if (group) group.push(answer);
    else groups.set(key, [answer]);
  }
  return [...groups.values()];
}

function tell(answer: Answer, { flags, terminal }: Call): void {
  const { image, match, note, error } = answer;
  if (note) terminal.talk(`note: ${note}`);
  if (error) terminal.complain(colorError(formatError(error), terminal.talkPaint));
  if (flags.jsonl) terminal.outJson('siamese.match.image/1', toJson(answer));
  if (terminal.json || !match) return;
  const number = (value: number) => value.toPrecision(4);
  const { name, distance, threshold, runnerUp, unknown, reason } = match;
  const other = runnerUp ? `  runner-up ${runnerUp.name} ${number(runnerUp.distance)}` : '';
  const found = unknown ? terminal.paint('yellow', 'unknown') : terminal.paint('green', name);
  const verdict = unknown ? `  nearest ${name}` : '';
  const end = reason === 'image' ? '  like no training image' : unknown ? '' : '  accepted';
  terminal.out(
    `${image}  ${found}${verdict}  distance ${number(distance)}  threshold ${number(threshold)}${other}${end}`,
  );
}

function toJson({ image, match, note, error }: Answer): object {
  if (!match) return { image, error: { code: error!.code, message: error!.message } };
  const { name, label, enrolled = false, distance, threshold, runnerUp, unknown, reason, likeness, tie } = match;
  return {
    image,
    accepted: !unknown,
    reason,
    class: name,
    label,
    enrolled,
    distance,
    threshold,
    likeness,
    runnerUp: runnerUp && { class: runnerUp.name, label: runnerUp.label, distance: runnerUp.distance },
    tie,
    note,
  };
}
