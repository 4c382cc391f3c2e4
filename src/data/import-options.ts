/** What all imports have in common: their options, keys and progress. */
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import type { Interpolation } from './image-resize.js';

export interface ImportOptions {
  /** Write the records in random order; the keys still ascend. */
  shuffle?: boolean | undefined;
  /** Of the shuffle and of the pairs; by default, or below 0, from the clock. */
  seed?: number | undefined;
  /** Replace a database that is there already. */
  force?: boolean | undefined;
  /** Called now and then with the records written and to write. */
  progress?: ((done: number, total: number) => void) | undefined;
}

/** Of images that come as files. */
export interface ImageImportOptions extends ImportOptions {
  gray?: boolean | undefined;
  size?: { height: number; width: number } | undefined;
  interpolation?: Interpolation | undefined;
  /** Store image files, not pixels: as they are, or where they are changed as JPEG or PNG, whichever they were. */
  encoded?: boolean | undefined;
}

export interface ImportResult {
  output: string;
  count: number;
  channels: number;
  height: number;
  width: number;
  labels: number;
  /** The seed used, whether given or not. */
  seed: number;
}

/** Records read and written at a time. */
export const IMPORT_CHUNK = 1000;

/** Caffe's keys: eight digits, then what the tool adds. */
export function keyOf(number: number, name = ''): Uint8Array {
  return Buffer.from(`${String(number).padStart(8, '0')}${name}`);
}

export function dims({ channels, height, width }: { channels: number; height: number; width: number }) {
  return { channels, height, width };
}

/** The images of a set, which a database of images can hold. */
export function bytesOf(set: RecordSet): Uint8Array {
  if (set.bytes) return set.bytes;
  throw new SiameseError('data', 'records of floats cannot be imported: a database of images holds bytes');
}

/** Also lets timers and signals through between chunks. */
export async function reportImport(options: ImportOptions, done: number, total: number): Promise<void> {
  options.progress?.(done, total);
  await new Promise(setImmediate);
}
