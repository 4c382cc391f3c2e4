/** siamese calibrate: the distance beyond which an image is unknown, measured on held-out images. */
import { SiameseError } from '../../errors.js';
import {
  type Calibration,
  type CalibrationGoal,
  type CalibrationResult,
  calibrate,
  ENOUGH_ERRORS,
} from '../../match/calibration.js';
import { type Interval, wilson } from '../../match/intervals.js';
import { knownClasses } from '../../match/known-classes.js';
import { Matcher } from '../../match/matcher.js';
import type { OperatingPoint } from '../../match/pair-curve.js';
import { type Call, usageError } from '../call.js';
import { changeGallery, currentGallery, findEnrolment } from '../enrolment.js';
import { type HeldOut, heldOut } from '../held-out.js';

export async function run(call: Call): Promise<number> {
  const { flags, terminal } = call;
  const goal = goalOf(call);
  const enrolment = findEnrolment(call);
  if (flags.reset) {
    await changeGallery(enrolment, ({ calibration: _gone, ...gallery }) => ({ gallery }));
    terminal.out(`${enrolment.file}: thresholds are those of training and enrolment again`);
    return 0;
  }
  const before = currentGallery(enrolment);
  const known = knownClasses(enrolment.centroids, { ...before, calibration: undefined }, { k: flags.k });
  const images = await heldOut(enrolment, before, known, call);
  if (images.strangers.length > 0) {
    terminal.talk(`of no known class, and so to be refused: ${images.strangers.join(', ')}`);
  }
  const result = calibrate(known, images.encodings, images.truth, goal);
  for (const warning of doubts(result, goal, images, enrolment.centroids.source)) terminal.warn(warning);
  const calibration: Calibration = {
    ...result.point,
    method: goal.method,
    wantedFar: goal.far,
    source: images.source,
    records: images.truth.length,
    time: new Date().toISOString(),
    k: flags.k ?? 0,
    perClass: new Map([...result.perClass].map(([label, { threshold }]) => [label, threshold])),
  };
  const { gallery } = await changeGallery(enrolment, (current) => ({ gallery: { ...current, calibration } }));
  const matcher = new Matcher(knownClasses(enrolment.centroids, gallery, { k: flags.k }), { k: flags.k });
  report(call, enrolment.file, result, images, outcomes(matcher, images), known.classes);
  terminal.next('siamese match IMAGE.png');
  return 0;
}

function goalOf({ flags, args }: Call): CalibrationGoal {
  if (args.length > 1) throw usageError('calibrate takes one data set', 'siamese help calibrate');
  const goals = [flags.far !== undefined, flags.eer, flags.balanced].filter(Boolean).length;
  if (goals > 1) throw usageError('give one of --far, --eer and --balanced');
  const method = flags.eer ? 'eer' : flags.balanced ? 'balanced' : 'far';
  const far = method === 'far' ? (flags.far ?? 0.001) : undefined;
  return { method, far, perClass: flags['per-class'] === true, k: flags.k };
}

function doubts(result: CalibrationResult, { method, far = 0 }: CalibrationGoal, images: HeldOut, training: string) {
  const { impostorPairs } = result.point;
  const out: SiameseError[] = [];
  if (method === 'far' && impostorPairs * far < ENOUGH_ERRORS) {
    const needed = Math.ceil(ENOUGH_ERRORS / far);
    out.push(
      new SiameseError('data', `${impostorPairs} impostor pairs are too few for a false-accept rate of ${far}`, {
        help: `${needed} would let ${ENOUGH_ERRORS} of them be accepted, which is what it takes to know the rate to 30 %`,
      }),
    );
  }
  if (result.tooFew.length > 0) {
    const message = `too few pairs for a threshold of their own: ${result.tooFew.length} classes take that of all`;
    out.push(new SiameseError('data', message));
  }
  if (images.source === training) {
    out.push(
      new SiameseError('data', `${training} is what the centroids were computed from: these rates will not hold`, {
        help: 'calibrate on images that training has not seen',
      }),
    );
  }
  return out;
}

interface Outcomes {
  right: number;
  wrong: number;
  refused: number;
  strangersAccepted: number;
  strangers: number;
}

/** What match will answer, the look at the images themselves included. */
function outcomes(matcher: Matcher, { truth, chunks }: HeldOut): Outcomes {
  const out: Outcomes = { right: 0, wrong: 0, refused: 0, strangersAccepted: 0, strangers: 0 };
  let row = 0;
  for (const { encodings, records } of chunks) {
    for (const { label, unknown, tie } of matcher.match(encodings, records)) {
      const wanted = truth[row++]!;
      if (wanted < 0) {
        out.strangers++;
        if (!unknown) out.strangersAccepted++;
      } else if (unknown) out.refused++;
      else if (label === wanted && !tie) out.right++;
      else out.wrong++;
    }
  }
  return out;
}

function report(
  { terminal }: Call,
  file: string,
  { point, perClass }: CalibrationResult,
  images: HeldOut,
  match: Outcomes,
  classes: readonly { label: number; name: string }[],
): void {
  const nameOf = (label: number) => classes.find((known) => known.label === label)!.name;
  const own = [...perClass].map(([label, p]) => ({ class: nameOf(label), label, ...rates(p) }));
  if (terminal.json) {
    const { source, truth, strangers } = images;
    const all = rates(point);
    const facts = { gallery: file, source, images: truth.length, strangers };
    terminal.outJson('siamese.calibrate/1', { ...facts, ...all, interval: 'Wilson, 95 %', classes: own, match });
    return;
  }
  terminal.out(`threshold  ${point.threshold.toPrecision(4)}, kept in ${file}`);
  terminal.out(`FAR        ${shown(point.falseAccepts, point.impostorPairs)}, pairs of an image and another class`);
  terminal.out(`FRR        ${shown(point.falseRejects, point.genuinePairs)}, pairs of an image and its class`);
  const members = match.right + match.wrong + match.refused;
  terminal.out(`match      right ${shown(match.right, members)}, images of known classes`);
  terminal.out(`           wrong ${shown(match.wrong, members)}`);
  terminal.out(`           refused ${shown(match.refused, members)}`);
  if (match.strangers > 0)
    terminal.out(`           accepted ${shown(match.strangersAccepted, match.strangers)}, others`);
  terminal.out('intervals of 95 % by Wilson');
  if (own.length === 0) return;
  const wide = Math.max(5, ...own.map((row) => row.class.length));
  terminal.out(`\n${'class'.padEnd(wide)}  threshold     FAR       FRR`);
  for (const row of own) {
    const figures = [row.threshold.toPrecision(4).padStart(9), percent(row.far), percent(row.frr)];
    terminal.out(`${row.class.padEnd(wide)}  ${figures.join('  ')}`);
  }
}

function rates(point: OperatingPoint) {
  const { falseAccepts, impostorPairs, falseRejects, genuinePairs } = point;
  return {
    ...point,
    far: falseAccepts / impostorPairs,
    farInterval: wilson(falseAccepts, impostorPairs),
    frr: falseRejects / genuinePairs,
    frrInterval: wilson(falseRejects, genuinePairs),
  };
}

function shown(count: number, total: number): string {
  const { low, high }: Interval = wilson(count, total);
  return `${percent(count / total).trim()} (${percent(low).trim()} to ${percent(high).trim()}), ${count} of ${total}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(3)} %`.padStart(8);
}
