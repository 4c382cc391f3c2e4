/** Galleries to and from their files (proto/gallery.proto), and the digests that say what belongs together. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { writeFileAtomic } from '../proto/atomic.js';
import type { GalleryCalibration, GalleryFile } from '../proto/messages.js';
import { readMessage } from '../proto/read-message.js';
import { encode } from '../proto/schema.js';
import type { Calibration } from './calibration.js';
import type { Centroids } from './centroids.js';
import type { EnrolledClass, EnrolledGallery, Exemplar } from './gallery.js';

const FORMAT = 'siamese.gallery/1';
const DIGEST_BYTES = 32;

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
export function checkGalleryBelongs(gallery: EnrolledGallery, file: string, centroids: Centroids): void {
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
  writeFileAtomic(file, encode('GalleryFile', toMessage(gallery)));
}

/** Throws SiameseError('input') for anything that is no whole gallery. Encodings are views of the file's bytes. */
export function readGallery(file: string): EnrolledGallery {
  return fromMessage(file, parse(file));
}

function toMessage({ encoder, caffemodel, encoding, dimension, classes, calibration }: EnrolledGallery): GalleryFile {
  const exemplars = classes.flatMap((known) => known.exemplars);
  return {
    format: FORMAT,
    encoder_sha256: encoder,
    caffemodel: caffemodel.file,
    caffemodel_sha256: caffemodel.sha256,
    encoding,
    dimension,
    names: classes.map(({ name }) => name),
    labels: classes.map(({ label }) => label),
    counts: classes.map(({ count }) => count),
    means: joined(classes.map(({ mean }) => mean)),
    thresholds: Float32Array.from(classes, ({ threshold }) => threshold),
    exemplars: joined(classes.map(({ encodings }) => encodings)),
    digests: Buffer.concat(exemplars.map(({ digest }) => digest)),
    images: Buffer.from(exemplars.map(({ image }) => `${image.replaceAll('\0', '')}\0`).join('')),
    ...(calibration && { calibration: storedCalibration(calibration) }),
  };
}

function fromMessage(file: string, message: GalleryFile): EnrolledGallery {
  const { dimension = 0, names = [], labels = [], counts = [], encoding } = message;
  const none = new Float32Array(0);
  const { means = none, thresholds = none, exemplars = none } = message;
  const { digests = new Uint8Array(0), images = new Uint8Array(0) } = message;
  if (message.format !== FORMAT) throw damaged(file, `its format is "${message.format ?? ''}", not "${FORMAT}"`);
  if (!(dimension >= 1) || encoding === undefined) throw damaged(file, 'it names no encoder');
  const total = counts.reduce((sum, count) => sum + count, 0);
  const files = new Names(images);
  const whole =
    [labels, counts, thresholds].every(({ length }) => length === names.length) &&
    means.length === names.length * dimension &&
    exemplars.length === total * dimension &&
    digests.length === total * DIGEST_BYTES;
  if (!whole) throw damaged(file, 'its classes and exemplars are not whole');
  let first = 0;
  const classes = names.map((name, i): EnrolledClass => {
    const from = first;
    first += counts[i]!;
    return {
      name,
      label: labels[i]!,
      count: counts[i]!,
      encodings: exemplars.subarray(from * dimension, first * dimension),
      mean: means.subarray(i * dimension, (i + 1) * dimension),
      threshold: thresholds[i]!,
      // Made when asked for: `match` by centroids needs none of 100,000.
      get exemplars() {
        return Array.from({ length: counts[i]! }, (_, j): Exemplar => {
          const at = from + j;
          return {
            encoding: exemplars.subarray(at * dimension, (at + 1) * dimension),
            digest: digests.subarray(at * DIGEST_BYTES, (at + 1) * DIGEST_BYTES),
            image: files.at(at),
          };
        });
      },
    };
  });
  return {
    encoder: message.encoder_sha256 ?? '',
    caffemodel: { file: message.caffemodel ?? '', sha256: message.caffemodel_sha256 ?? '' },
    encoding,
    dimension,
    classes,
    ...(message.calibration && { calibration: readCalibration(message.calibration) }),
  };
}

/** Names that end with a zero byte each, split when the first is asked for. */
class Names {
  #list: string[] | undefined;
  constructor(private readonly bytes: Uint8Array) {}

  at(index: number): string {
    const { buffer, byteOffset, byteLength } = this.bytes;
    this.#list ??= Buffer.from(buffer, byteOffset, byteLength).toString('utf8').split('\0');
    return this.#list[index] ?? '';
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
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

function parse(file: string): GalleryFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new SiameseError('input', `cannot open gallery ${file}: ${reason}`, { cause });
  }
  if (bytes.length === 0) throw damaged(file, 'it is empty');
  try {
    return readMessage('GalleryFile', bytes, { inPlace: true });
  } catch (cause) {
    throw damaged(file, (cause as Error).message, cause);
  }
}

function damaged(file: string, why: string, cause?: unknown): SiameseError {
  return new SiameseError('input', `${file} is no gallery, or it is damaged: ${why}`, { cause });
}
