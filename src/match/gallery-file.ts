/** Galleries to and from their files (proto/gallery.proto), and the digests that say what belongs together. */
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { writeFileAtomic } from '../proto/atomic.js';
import type { GalleryCalibration, GalleryFile } from '../proto/messages.js';
import { encode } from '../proto/schema.js';
import type { Calibration } from './calibration.js';
import type { Centroids } from './centroids.js';
import { type Column, memoryColumn, risesTo, sumOfPositive } from './column.js';
import type { EnrolledGallery } from './gallery.js';
import { FileColumns } from './gallery-columns.js';
import { Names } from './names.js';
import { DIGEST_BYTES, type GalleryColumns, type PackedGallery, packed, unpacked } from './packed-gallery.js';

const FORMAT = 'siamese.gallery/2';
const FIRST_FORMAT = 'siamese.gallery/1';

/** Where the gallery of a caffemodel lies: `x_iter_5.caffemodel` has `x_iter_5.gallery`. */
export function galleryFileOf(caffemodel: string): string {
  return `${caffemodel.replace(/\.caffemodel(\.h5)?$/, '')}.gallery`;
}

/**
 * SHA-256, in hexadecimal, of all that decides an encoding: the weights' digest, the tower with its transform, the blob, the
 * mean image. Encodings of two encoders with other digests must not be compared.
 */
export function encoderDigest({ caffemodel, deploy, encoding, mean }: Centroids): string {
  const hash = createHash('sha256').update(`${caffemodel?.sha256 ?? ''}\n${encoding}\n`);
  hash.update(encode('NetParameter', deploy));
  if (mean) hash.update(new Uint8Array(mean.buffer, mean.byteOffset, mean.byteLength));
  return hash.digest('hex');
}

/** SHA-256 of one image as the net is given it: the same picture in another file has the same. */
export function digestOfRecord({ channels, height, width, bytes, floats }: RecordSet): Uint8Array {
  const hash = createHash('sha256').update(`${channels}x${height}x${width}\n`);
  const pixels = bytes ?? new Uint8Array(floats!.buffer, floats!.byteOffset, floats!.byteLength);
  return new Uint8Array(hash.update(pixels).digest());
}

export function emptyGallery(centroids: Centroids): EnrolledGallery {
  const { encoding, dimension, caffemodel = { file: '', sha256: '' } } = centroids;
  return { encoder: encoderDigest(centroids), caffemodel, encoding, dimension, classes: [] };
}

/** Refuses a gallery of another encoder: its distances would mean nothing. */
export function checkGalleryBelongs(
  gallery: EnrolledGallery | PackedGallery,
  file: string,
  centroids: Centroids,
): void {
  if (gallery.encoder === encoderDigest(centroids)) return;
  const { caffemodel, encoding, dimension } = gallery;
  const same = caffemodel.sha256 === centroids.caffemodel?.sha256;
  const what = same
    ? `its encodings are of the blob "${encoding}" (${dimension} numbers) of another tower`
    : `it was enrolled with other weights, ${path.basename(caffemodel.file)} (SHA-256 ${caffemodel.sha256.slice(0, 12)}...)`;
  throw new SiameseError('input', `${file} does not belong to this net: ${what}`, {
    help: `match with those weights, or enroll the images again into another file: --gallery FILE`,
  });
}

export function writeGallery(file: string, gallery: EnrolledGallery): void {
  writeFileAtomic(file, encode('GalleryFile', toMessage(packed(gallery))));
}

/** Throws SiameseError('input') for anything that is no whole gallery. */
export function readGallery(file: string): EnrolledGallery {
  const gallery = openGallery(file);
  try {
    return unpacked(gallery);
  } finally {
    gallery.close();
  }
}

/**
 * A gallery whose columns stay in the file, to be matched with: what a search needs is read as it goes. To be closed. Throws
 * SiameseError('input') for what is no whole gallery.
 */
export function openGallery(file: string): PackedGallery {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new SiameseError('input', `cannot open gallery ${file}: ${reason}`, { cause });
  }
  try {
    return { ...fromFile(new FileColumns(descriptor)), close: () => closeSync(descriptor) };
  } catch (cause) {
    closeSync(descriptor);
    throw damaged(file, cause);
  }
}

function toMessage({ encoder, caffemodel, encoding, dimension, calibration, columns }: PackedGallery): GalleryFile {
  const { names, labels, counts, means, thresholds, exemplars, digests, images } = columns;
  return {
    format: FORMAT,
    encoder_sha256: encoder,
    caffemodel: caffemodel.file,
    caffemodel_sha256: caffemodel.sha256,
    encoding,
    dimension,
    ...(exemplars.length > means.length && { means: means.all() }),
    thresholds: thresholds.all(),
    exemplars: exemplars.all(),
    digests: digests.all(),
    images: images.all(),
    ...(calibration && { calibration: storedCalibration(calibration) }),
    class_names: names.bytes.all(),
    class_name_ends: bytesOf(names.ends),
    class_labels: bytesOf(labels),
    class_counts: bytesOf(counts),
  };
}

function fromFile(file: FileColumns): Omit<PackedGallery, 'close'> {
  const { format = '', dimension = 0, encoding, calibration, ...about } = file.about;
  if (format !== FORMAT && format !== FIRST_FORMAT) throw new Error(`its format is "${format}", not "${FORMAT}"`);
  if (!(dimension >= 1) || encoding === undefined) throw new Error('it names no encoder');
  const exemplars = file.floats('exemplars');
  const columns: GalleryColumns = {
    ...(format === FORMAT ? classColumns(file) : firstClassColumns(about)),
    means: file.has('means') ? file.floats('means') : exemplars,
    thresholds: file.floats('thresholds'),
    exemplars,
    digests: file.bytes('digests'),
    images: file.bytes('images'),
  };
  checkWhole(columns, dimension);
  return {
    encoder: about.encoder_sha256 ?? '',
    caffemodel: { file: about.caffemodel ?? '', sha256: about.caffemodel_sha256 ?? '' },
    encoding,
    dimension,
    ...(calibration && { calibration: readCalibration(calibration) }),
    columns,
  };
}

function classColumns(file: FileColumns) {
  // They are the last in the file. One that ends before them must not pass for a gallery without classes.
  if (!file.has('counts')) throw new Error('it is cut short');
  return {
    names: new Names(file.bytes('names'), file.ints('nameEnds')),
    labels: file.ints('labels'),
    counts: file.ints('counts'),
  };
}

function firstClassColumns({ names = [], labels = [], counts = [] }: GalleryFile) {
  return {
    names: Names.of(names),
    labels: memoryColumn(Int32Array.from(labels)),
    counts: memoryColumn(Int32Array.from(counts)),
  };
}

function checkWhole(
  { names, labels, counts, means, thresholds, exemplars, digests }: GalleryColumns,
  dimension: number,
) {
  const whole =
    [labels, counts, thresholds].every(({ length }) => length === names.length) &&
    means.length === names.length * dimension &&
    sumOfPositive(counts) * dimension === exemplars.length &&
    exemplars.length * DIGEST_BYTES === digests.length * dimension &&
    risesTo(names.ends, names.bytes.length);
  if (!whole) throw new Error('its classes and exemplars are not whole');
}

function bytesOf(column: Column<Int32Array>): Uint8Array {
  const { buffer, byteOffset, byteLength } = column.all();
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function damaged(file: string, cause: unknown): SiameseError {
  return new SiameseError('input', `${file} is no gallery, or it is damaged: ${(cause as Error).message}`, { cause });
}

function storedCalibration({ wantedFar, perClass, ...rest }: Calibration): GalleryCalibration {
  return {
    method: rest.method,
    wanted_far: wantedFar,
    source: rest.source,
    records: rest.records,
    time: rest.time,
    k: rest.k,
    threshold: rest.threshold,
    impostor_pairs: rest.impostorPairs,
    false_accepts: rest.falseAccepts,
    genuine_pairs: rest.genuinePairs,
    false_rejects: rest.falseRejects,
    labels: [...perClass.keys()],
    thresholds: Float32Array.from(perClass.values()),
  };
}

function readCalibration(stored: GalleryCalibration): Calibration {
  const { labels = [], thresholds = new Float32Array(0) } = stored;
  return {
    method: (stored.method ?? 'far') as Calibration['method'],
    wantedFar: stored.wanted_far,
    source: stored.source ?? '',
    records: stored.records ?? 0,
    time: stored.time ?? '',
    k: stored.k ?? 0,
    threshold: stored.threshold ?? Number.POSITIVE_INFINITY,
    impostorPairs: stored.impostor_pairs ?? 0,
    falseAccepts: stored.false_accepts ?? 0,
    genuinePairs: stored.genuine_pairs ?? 0,
    falseRejects: stored.false_rejects ?? 0,
    perClass: new Map(labels.map((label, i) => [label, thresholds[i]!])),
  };
}
