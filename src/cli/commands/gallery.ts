/** siamese gallery: list, show, merge, export and import enrolled classes. */
import { readFileSync, statSync } from 'node:fs';
import { SiameseError } from '../../errors.js';
import { addExemplars, type EnrolledGallery, type Exemplar } from '../../match/gallery.js';
import { checkGalleryBelongs, readGallery } from '../../match/gallery-file.js';
import { galleryLines, readGalleryLines } from '../../match/gallery-lines.js';
import { knownClasses } from '../../match/known-classes.js';
import { type Call, usageError } from '../call.js';
import { changeGallery, currentGallery, type Enrolment, findEnrolment } from '../enrolment.js';
import { writeOutput } from '../output-file.js';
import { standardOutput } from '../standard-streams.js';
import { needClass } from './unenroll.js';

const ACTIONS = { list, show, merge, export: exportLines, import: importClasses };

export async function run(call: Call): Promise<number> {
  const [word = '', ...args] = call.args;
  if (!Object.hasOwn(ACTIONS, word)) {
    throw usageError(
      word === '' ? 'gallery needs to know what to do' : `gallery has no action "${word}"`,
      'siamese gallery list | show NAME | merge GALLERY... | export [FILE] | import FILE_OR_FOLDER',
    );
  }
  await ACTIONS[word as keyof typeof ACTIONS](call, args, findEnrolment(call));
  return 0;
}

function list({ terminal }: Call, args: readonly string[], enrolment: Enrolment): void {
  refuseMore(args, 0);
  const { file, centroids } = enrolment;
  const gallery = currentGallery(enrolment);
  const counts = [...centroids.classes, ...gallery.classes].map(({ count }) => count);
  const rows = knownClasses(centroids, gallery).classes.map(({ name, label, threshold, enrolled = false }, i) => {
    return { class: name, label, enrolled, images: counts[i]!, threshold };
  });
  if (terminal.json) {
    terminal.outJson('siamese.gallery/1', {
      gallery: file,
      encoder: gallery.encoder,
      calibration: calibrationOf(gallery),
      classes: rows,
    });
    return;
  }
  const wide = Math.max(5, ...rows.map((row) => row.class.length));
  terminal.out(`${'class'.padEnd(wide)}  ${'from'.padEnd(8)}  images  threshold`);
  for (const { class: name, enrolled, images, threshold } of rows) {
    const from = (enrolled ? 'enrolled' : 'training').padEnd(8);
    terminal.out(
      `${name.padEnd(wide)}  ${from}  ${String(images).padStart(6)}  ${threshold.toPrecision(4).padStart(9)}`,
    );
  }
  const { calibration } = gallery;
  if (calibration) terminal.talk(`thresholds calibrated on ${calibration.records} images of ${calibration.source}`);
}

function show({ terminal }: Call, args: readonly string[], enrolment: Enrolment): void {
  refuseMore(args, 1, 'show needs the name of a class');
  const gallery = currentGallery(enrolment);
  const { name, label, mean, threshold, exemplars } = needClass(gallery, args[0]!, enrolment.file);
  const rows = exemplars.map(({ image, digest, encoding }) => {
    return { image, sha256: Buffer.from(digest).toString('hex'), distance: distanceBetween(encoding, mean) };
  });
  if (terminal.json) {
    terminal.outJson('siamese.gallery.class/1', {
      gallery: enrolment.file,
      class: name,
      label,
      threshold,
      exemplars: rows,
    });
    return;
  }
  terminal.out(`${name}  label ${label}  threshold ${threshold.toPrecision(4)}`);
  for (const { image, sha256, distance } of rows) {
    terminal.out(`  ${sha256.slice(0, 12)}  distance to their mean ${distance.toPrecision(4)}  ${image}`);
  }
}

async function merge(call: Call, args: readonly string[], enrolment: Enrolment): Promise<void> {
  if (args.length === 0)
    throw usageError('merge needs a gallery to take classes from', 'siamese gallery merge OTHER.gallery');
  const additions = new Map<string, Exemplar[]>();
  for (const file of args) {
    const other = readGallery(file);
    checkGalleryBelongs(other, file, enrolment.centroids);
    for (const { name, exemplars } of other.classes)
      additions.set(name, [...(additions.get(name) ?? []), ...exemplars]);
  }
  await add(call, enrolment, additions, args.join(', '));
}

function exportLines(call: Call, args: readonly string[], enrolment: Enrolment): void {
  const { flags } = call;
  const file = flags.output ?? args[0];
  refuseMore(args, flags.output === undefined ? Math.min(1, args.length) : 0);
  const lines = galleryLines(currentGallery(enrolment));
  if (file === undefined || file === '-') {
    for (const line of lines) standardOutput.write(`${line}\n`);
  } else {
    writeOutput(file, `${[...lines].join('\n')}\n`, call);
    call.terminal.talk(`wrote ${file}`);
  }
}

async function importClasses(call: Call, args: readonly string[], enrolment: Enrolment): Promise<void> {
  refuseMore(args, 1, 'import needs an exported gallery or a folder of folders of images');
  const [source] = args as [string];
  const lines = statSync(source, { throwIfNoEntry: false })?.isFile() && /\.jsonl?$/i.test(source);
  const { encoder } = currentGallery(enrolment);
  const additions = lines
    ? readGalleryLines(readText(source), source, encoder)
    : await importSource(call, source, enrolment);
  await add(call, enrolment, additions, source);
}

async function importSource(call: Call, source: string, enrolment: Enrolment): Promise<Map<string, Exemplar[]>> {
  const { encodeDataSet } = require('../encode-data-set.js') as typeof import('../encode-data-set.js');
  return encodeDataSet(enrolment, source, call);
}

async function add(call: Call, enrolment: Enrolment, additions: Map<string, Exemplar[]>, from: string): Promise<void> {
  const { flags, terminal } = call;
  const { gallery, added, repeated } = await changeGallery(enrolment, (before) => {
    return addExemplars(before, additions, enrolment.centroids, { force: flags.force });
  });
  if (terminal.json) {
    const counts = { added, repeated: repeated.length, classes: gallery.classes.length };
    terminal.outJson('siamese.gallery.change/1', { gallery: enrolment.file, from, ...counts });
    return;
  }
  const again = repeated.length > 0 ? `, ${repeated.length} were there already` : '';
  terminal.out(`${added} images of ${additions.size} classes from ${from} enrolled${again}; ${enrolment.file}`);
}

function calibrationOf({ calibration }: EnrolledGallery): object | undefined {
  return calibration && { ...calibration, perClass: Object.fromEntries(calibration.perClass) };
}

function distanceBetween(a: Float32Array, b: Float32Array): number {
  return Math.sqrt(a.reduce((sum, value, d) => sum + (value - b[d]!) ** 2, 0));
}

function refuseMore(args: readonly string[], count: number, message = 'too many words'): void {
  if (args.length !== count)
    throw usageError(
      args.length < count ? message : `there is no use for "${args.slice(count).join(' ')}"`,
      'siamese help gallery',
    );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SiameseError('input', `cannot open ${file}: ${(cause as Error).message}`, { cause });
  }
}
