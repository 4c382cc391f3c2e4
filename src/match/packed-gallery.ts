/** A gallery by column, as its file has it: for matching, without an object for each class or exemplar. */
import type { Calibration } from './calibration.js';
import { type Column, memoryColumn } from './column.js';
import type { EnrolledClass, EnrolledGallery, Exemplar } from './gallery.js';
import { Names } from './names.js';

export const DIGEST_BYTES = 32;

export interface PackedGallery {
  /** SHA-256 of all that decides an encoding: see encoderDigest. */
  encoder: string;
  caffemodel: { file: string; sha256: string };
  encoding: string;
  dimension: number;
  calibration?: Calibration | undefined;
  columns: GalleryColumns;
  /** Closes the file that the columns are read from. */
  close(): void;
}

export interface GalleryColumns {
  /** Of each class. */
  names: Names;
  labels: Column<Int32Array>;
  counts: Column<Int32Array>;
  /** `dimension` numbers each; the exemplars' own where each class has one exemplar. */
  means: Column<Float32Array>;
  thresholds: Column<Float32Array>;
  /** Of each exemplar, class by class: `dimension` numbers, DIGEST_BYTES bytes, a name that ends with a zero byte. */
  exemplars: Column<Float32Array>;
  digests: Column<Uint8Array>;
  images: Column<Uint8Array>;
}

/** All of it in memory, with an object for each class; those of exemplars are made when asked for. */
export function unpacked({ columns, close: _close, ...about }: PackedGallery): EnrolledGallery {
  const { dimension } = about;
  const [names, labels, counts] = [columns.names.all(), columns.labels.all(), columns.counts.all()];
  const [means, thresholds] = [columns.means.all(), columns.thresholds.all()];
  const [exemplars, digests] = [columns.exemplars.all(), columns.digests.all()];
  const files = new ImageNames(columns.images.all());
  let first = 0;
  const classes = names.map((name, i): EnrolledClass => {
    const count = counts[i]!;
    const from = first;
    first += count;
    return {
      name,
      label: labels[i]!,
      count,
      encodings: exemplars.subarray(from * dimension, first * dimension),
      mean: means.subarray(i * dimension, (i + 1) * dimension),
      threshold: thresholds[i]!,
      get exemplars() {
        return Array.from({ length: count }, (_, j): Exemplar => {
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
  return { ...about, classes };
}

export function packed({ classes, ...about }: EnrolledGallery): PackedGallery {
  const exemplars = classes.flatMap((known) => known.exemplars);
  const column = <T extends Float32Array | Int32Array | Uint8Array>(numbers: T) => memoryColumn(numbers);
  return {
    ...about,
    columns: {
      names: Names.of(classes.map(({ name }) => name)),
      labels: column(Int32Array.from(classes, ({ label }) => label)),
      counts: column(Int32Array.from(classes, ({ count }) => count)),
      means: column(joined(classes.map(({ mean }) => mean))),
      thresholds: column(Float32Array.from(classes, ({ threshold }) => threshold)),
      exemplars: column(joined(classes.map(({ encodings }) => encodings))),
      digests: column(new Uint8Array(Buffer.concat(exemplars.map(({ digest }) => digest)))),
      images: column(
        new Uint8Array(Buffer.from(exemplars.map(({ image }) => `${image.replaceAll('\0', '')}\0`).join(''))),
      ),
    },
    close() {},
  };
}

/** Names that end with a zero byte each, split when the first is asked for. */
class ImageNames {
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
