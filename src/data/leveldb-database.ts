/**
 * Caffe's LevelDB by classic-level. Opening a LevelDB rewrites it, so what is opened is a temporary folder: links to
 * the tables, which LevelDB never changes, and copies of its small files. The user's folder is only read, may be
 * read-only, and may be open any number of times.
 */
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import type { ClassicLevel } from 'classic-level';
import { SiameseError } from '../errors.js';
import type { Database, Visit } from './database-source.js';
import { checkLevelDb } from './leveldb-check.js';
import { makeTempFolder, removeTempFolder } from './temp-folder.js';

type Level = ClassicLevel<Uint8Array, Uint8Array>;

const TABLE = /^\d+\.(ldb|sst)$/;
const COPIED = /^(\d+\.log|MANIFEST-\d+|CURRENT)$/;
/** Bytes that classic-level hands over at a time; its default, 16 KiB, would be 20 images of MNIST. */
const CHUNK_BYTES = 4 << 20;
const CHUNK_RECORDS = 1024;

export function isLevelDb(folder: string): boolean {
  return statSync(folder).isDirectory() && existsSync(path.join(folder, 'CURRENT'));
}

export class LevelDbDatabase implements Database {
  readonly kind = 'leveldb';
  readonly #source: string;
  readonly #folder: string;
  readonly #level: Level;
  readonly #keys: Uint8Array[];

  static async open(source: string): Promise<LevelDbDatabase> {
    const folder = makeTempFolder('leveldb');
    let level: Level | undefined;
    try {
      linkFiles(source, folder);
      checkLevelDb(source, folder);
      // Loaded here, because hardly any run needs it and its addon takes a while.
      const { ClassicLevel: LevelDb } = await import('classic-level');
      level = new LevelDb(folder, { keyEncoding: 'view', valueEncoding: 'view' });
      await level.open({ createIfMissing: false });
      const keys: Uint8Array[] = [];
      const iterator = level.keys({ fillCache: false, highWaterMarkBytes: CHUNK_BYTES });
      try {
        for (
          let some = await iterator.nextv(CHUNK_RECORDS);
          some.length > 0;
          some = await iterator.nextv(CHUNK_RECORDS)
        ) {
          for (const key of some) keys.push(key.slice());
        }
      } finally {
        await iterator.close();
      }
      return new LevelDbDatabase(source, folder, level, keys);
    } catch (error) {
      await level?.close();
      removeTempFolder(folder);
      throw levelError(source, error);
    }
  }

  private constructor(source: string, folder: string, level: Level, keys: Uint8Array[]) {
    this.#source = source;
    this.#folder = folder;
    this.#level = level;
    this.#keys = keys;
  }

  get count(): number {
    return this.#keys.length;
  }

  async scan(from: number, n: number, visit: Visit): Promise<void> {
    const first = this.#keys[from];
    if (first === undefined) return;
    const iterator = this.#level.iterator({ gte: first, limit: n, fillCache: false, highWaterMarkBytes: CHUNK_BYTES });
    try {
      for (;;) {
        const some = await iterator.nextv(CHUNK_RECORDS).catch((error) => {
          throw levelError(this.#source, error);
        });
        if (some.length === 0) return;
        for (const [key, value] of some) visit(key, value);
      }
    } finally {
      await iterator.close();
    }
  }

  async pick(order: Int32Array, visit: Visit): Promise<void> {
    for (let at = 0; at < order.length; at += CHUNK_RECORDS) {
      const keys = Array.from(order.subarray(at, at + CHUNK_RECORDS), (record) => this.#keys[record]!);
      const values = await this.#level.getMany(keys).catch((error) => {
        throw levelError(this.#source, error);
      });
      keys.forEach((key, i) => {
        visit(key, values[i]!);
      });
    }
  }

  async close(): Promise<void> {
    await this.#level.close();
    removeTempFolder(this.#folder);
  }
}

function linkFiles(source: string, folder: string): void {
  for (const name of readdirSync(source)) {
    const from = path.resolve(source, name);
    const to = path.join(folder, name);
    if (TABLE.test(name)) symlinkSync(from, to);
    else if (COPIED.test(name)) copyFileSync(from, to);
  }
  const current = readFileSync(path.join(folder, 'CURRENT'), 'latin1');
  if (!/^MANIFEST-\d+\n$/.test(current) || !existsSync(path.join(folder, current.trim()))) {
    throw new SiameseError('data', `${source}: this LevelDB is incomplete: CURRENT names no MANIFEST that is there`);
  }
}

function levelError(source: string, error: unknown): unknown {
  if (error instanceof SiameseError) return error;
  const { message, code, cause } = error as Error & { code?: string; cause?: Error };
  if (!code) return error;
  return new SiameseError('data', `${source}: LevelDB: ${cause?.message ?? message}`, { cause: error });
}
