/** Caffe's LMDB, read through the addon. */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { type LmdbPack, type NativeLmdb, native } from '../engine/native.js';
import { type ErrorCode, SiameseError } from '../errors.js';
import type { Database, Visit } from './database-source.js';

/** Copied out of the map at a time: few enough crossings into C++, and no second copy of a large set. */
const CHUNK_RECORDS = 1024;

/** LMDB's magic number stands behind a page header of 16 bytes. */
const MAGIC = Buffer.from([0xde, 0xc0, 0xef, 0xbe]);
const MAGIC_AT = 16;

/** A folder with data.mdb, or one LMDB file. */
export function isLmdb(file: string): boolean {
  if (statSync(file).isDirectory()) return existsSync(path.join(file, 'data.mdb'));
  const fd = openSync(file, 'r');
  try {
    const start = Buffer.alloc(MAGIC_AT + MAGIC.length);
    return readSync(fd, start, 0, start.length, 0) === start.length && start.subarray(MAGIC_AT).equals(MAGIC);
  } finally {
    closeSync(fd);
  }
}

export class LmdbDatabase implements Database {
  readonly kind = 'lmdb';
  readonly count: number;
  readonly #lmdb: NativeLmdb;

  constructor(folder: string) {
    this.#lmdb = lmdbCall(() => native().openLmdb(folder));
    this.count = this.#lmdb.count;
  }

  async scan(from: number, n: number, visit: Visit): Promise<void> {
    const end = Math.min(from + n, this.count);
    for (let at = from; at < end; at += CHUNK_RECORDS) {
      visitPack(
        lmdbCall(() => this.#lmdb.read(at, Math.min(CHUNK_RECORDS, end - at))),
        visit,
      );
    }
  }

  async pick(order: Int32Array, visit: Visit): Promise<void> {
    for (let at = 0; at < order.length; at += CHUNK_RECORDS) {
      visitPack(
        lmdbCall(() => this.#lmdb.pick(order.subarray(at, at + CHUNK_RECORDS))),
        visit,
      );
    }
  }

  async labels(): Promise<Float32Array> {
    return lmdbCall(() => this.#lmdb.labels());
  }

  async close(): Promise<void> {
    this.#lmdb.close();
  }
}

/** Turns the addon's coded errors into SiameseErrors. */
export function lmdbCall<T>(call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof SiameseError) throw cause;
    const { code, message } = cause as { code?: string; message: string };
    const known: readonly ErrorCode[] = ['data', 'io', 'device'];
    const ours = known.find((candidate) => candidate === code);
    if (ours === undefined) throw cause;
    throw new SiameseError(ours, message, { cause });
  }
}

function visitPack(pack: LmdbPack, visit: Visit): void {
  const { bytes, ends } = pack;
  for (let i = 0, at = 0; i < ends.length; i += 2) {
    const valueAt = ends[i]!;
    const end = ends[i + 1]!;
    visit(bytes.subarray(at, valueAt), bytes.subarray(valueAt, end));
    at = end;
  }
}
