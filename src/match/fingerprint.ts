/** Which file of weights something was computed with, and whether a file at hand is that one. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { native } from '../engine/native.js';
import { readPart } from '../engine/read-part.js';
import { SiameseError } from '../errors.js';
import type { Weights } from '../proto/files.js';
import type { NetParameter } from '../proto/messages.js';
import { readLayers } from '../proto/read-layers.js';

export interface Fingerprint {
  /** As its writer named it. */
  file: string;
  /** SHA-256 of its bytes, in hexadecimal. */
  sha256: string;
  /** Of the weights that one tower takes from it: see checksumOf. Older files have none. */
  checksum?: string | undefined;
}

/** `deploy`: the tower that the file is used for. */
export function fingerprintOf(file: string, deploy: NetParameter): Fingerprint {
  return { file, sha256: digestOf(file), checksum: checksumOf(readTower(file, deploy)) };
}

/** Whether `file` has the bytes that the fingerprint was taken of. */
export function isOf({ sha256 }: Fingerprint, file: string): boolean {
  return sha256 === digestOf(file);
}

/** The weights of a tower's layers in a file of weights. */
export function readTower(file: string, deploy: NetParameter): Weights {
  return readLayers(file, new Set((deploy.layer ?? []).map(({ name = '' }) => name)), readPart);
}

/** Tells these weights from others; they are at hand, while a digest takes reading the whole file. */
export function checksumOf(weights: Weights): string {
  return native().checksum(weights.layers.flatMap(({ blobs }) => blobs.map(({ data }) => data)));
}

/** SHA-256 of a file, in hexadecimal. */
export function digestOf(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new SiameseError('input', `cannot open weights ${file}: ${reason}`, { cause });
  }
  return createHash('sha256').update(bytes).digest('hex');
}
