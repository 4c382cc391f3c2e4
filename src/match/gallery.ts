/**
 * Classes enrolled from images, without training: their exemplars, centroids and thresholds, kept in a gallery file that
 * belongs to one encoder. The functions here are pure: each returns a new gallery.
 */
import { SiameseError } from '../errors.js';
import type { Calibration } from './calibration.js';
import type { Centroids } from './centroids.js';
import { enrolledThreshold } from './enrolled-threshold.js';

export interface Exemplar {
  encoding: Float32Array;
  /** SHA-256 of the record, 32 bytes; see digestOfRecord. */
  digest: Uint8Array;
  /** The file it came from; '' where that is not known. */
  image: string;
}

export interface EnrolledClass {
  name: string;
  /** Of the training class of that name where there is one, else a number of its own. */
  label: number;
  /** How many exemplars it has, and their encodings, one after another. */
  count: number;
  encodings: Float32Array;
  readonly exemplars: readonly Exemplar[];
  /** Mean of the exemplars' encodings. */
  mean: Float32Array;
  /** An encoding farther than this from the mean is no member. */
  threshold: number;
}

export interface EnrolledGallery {
  /** SHA-256 of all that decides an encoding: see encoderDigest. */
  encoder: string;
  caffemodel: { file: string; sha256: string };
  encoding: string;
  dimension: number;
  classes: readonly EnrolledClass[];
  calibration?: Calibration | undefined;
}

export interface Added {
  gallery: EnrolledGallery;
  added: number;
  /** Images that the class held already. */
  repeated: string[];
}

export interface AddOptions {
  /** An image that another class holds is taken all the same. */
  force?: boolean | undefined;
}

/**
 * Adds classes, or exemplars to them. An image that the class holds already is left out and reported; one that another
 * class holds is refused with SiameseError('input'), since an image cannot be of two classes.
 */
export function addExemplars(
  gallery: EnrolledGallery,
  additions: ReadonlyMap<string, readonly Exemplar[]>,
  centroids: Pick<Centroids, 'classes'>,
  { force = false }: AddOptions = {},
): Added {
  const owners = new Map<string, string>();
  for (const known of gallery.classes) for (const { digest } of known.exemplars) owners.set(keyOf(digest), known.name);
  const classes = new Map(gallery.classes.map((known) => [known.name, known]));
  const labels = labelsOf(gallery, centroids);
  const repeated: string[] = [];
  let added = 0;
  for (const [name, exemplars] of additions) {
    checkName(name);
    const fresh = exemplars.filter(({ digest, image }) => {
      const owner = owners.get(keyOf(digest));
      if (owner === name) repeated.push(image);
      else if (owner !== undefined && !force) throw heldBy(owner, image);
      owners.set(keyOf(digest), name);
      return owner !== name;
    });
    if (fresh.length === 0) continue;
    const before = classes.get(name);
    const all = [...(before?.exemplars ?? []), ...fresh];
    classes.set(name, makeClass(name, before?.label ?? labels(name), all, centroids));
    added += fresh.length;
  }
  return { gallery: added === 0 ? gallery : { ...gallery, classes: [...classes.values()] }, added, repeated };
}

function heldBy(owner: string, image: string): SiameseError {
  return new SiameseError('input', `${image} is enrolled already, as "${owner}"`, {
    help: `siamese unenroll ${quoted(owner)} ${quoted(image)} takes it out; --force enrolls it all the same`,
  });
}

/** Takes out a class, or those of its exemplars whose digests are given; a class without exemplars is gone. */
export function removeExemplars(
  gallery: EnrolledGallery,
  name: string,
  centroids: Pick<Centroids, 'classes'>,
  digests?: readonly Uint8Array[],
): { gallery: EnrolledGallery; removed: number } {
  const known = gallery.classes.find((candidate) => candidate.name === name)!;
  const out = digests && new Set(digests.map(keyOf));
  const kept = out ? known.exemplars.filter(({ digest }) => !out.has(keyOf(digest))) : [];
  const rest = kept.length > 0 ? [makeClass(name, known.label, kept, centroids)] : [];
  const classes = gallery.classes.flatMap((candidate) => (candidate === known ? rest : [candidate]));
  return { gallery: { ...gallery, classes }, removed: known.exemplars.length - kept.length };
}

export function keyOf(digest: Uint8Array): string {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('latin1');
}

function makeClass(
  name: string,
  label: number,
  exemplars: readonly Exemplar[],
  { classes }: Pick<Centroids, 'classes'>,
): EnrolledClass {
  const rows = exemplars.map(({ encoding }) => encoding);
  const count = rows.length;
  const mean = rows[0]!.map((_, d) => rows.reduce((sum, row) => sum + row[d]!, 0) / count);
  const encodings = new Float32Array(count * mean.length);
  for (const [i, row] of rows.entries()) encodings.set(row, i * mean.length);
  return { name, label, count, encodings, exemplars, mean, threshold: enrolledThreshold(rows, mean, classes) };
}

/** The label of a class: that of the trained class of this name, else the next that is free. */
function labelsOf(gallery: EnrolledGallery, { classes }: Pick<Centroids, 'classes'>): (name: string) => number {
  const trained = new Map(classes.map(({ name, label }) => [name, label]));
  let next = 1 + [...classes, ...gallery.classes].reduce((most, { label }) => Math.max(most, label), -1);
  return (name) => trained.get(name) ?? next++;
}

function checkName(name: string): void {
  const bad = name.trim() === '' || [...name].some((letter) => letter < ' ');
  if (bad) throw new SiameseError('usage', 'the name of a class must not be empty or hold control characters');
}

function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word}'`;
}
