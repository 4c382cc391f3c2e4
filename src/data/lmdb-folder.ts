/** Writes an LMDB as a whole or not at all: into a folder beside the wanted one, which takes its name when complete. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { type NativeLmdbWriter, native } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { writeClassNames } from './class-names.js';
import { isLmdb, lmdbCall } from './lmdb-database.js';

export interface WriteOptions {
  /** Replace a database that is there already; nothing but a database or an empty folder is ever replaced. */
  force?: boolean | undefined;
  classNames?: readonly string[] | undefined;
}

export type Put = (key: Uint8Array, value: Uint8Array) => void;

/** Calls `fill` with a function that adds a record. When it throws, or writes nothing, no trace is left. */
export async function writeLmdb(
  folder: string,
  options: WriteOptions,
  fill: (put: Put) => Promise<void>,
): Promise<void> {
  checkTarget(folder, options.force ?? false);
  const target = path.resolve(folder); // also drops a slash at the end
  const temporary = `${target}.importing-${process.pid}`;
  let writer: NativeLmdbWriter | undefined;
  try {
    mkdirSync(path.dirname(target), { recursive: true });
    if (existsSync(temporary)) rmSync(temporary, { recursive: true });
    const lmdb = lmdbCall(() => native().createLmdb(temporary));
    writer = lmdb;
    let written = 0;
    await fill((key, value) => {
      lmdbCall(() => lmdb.put(key, value));
      written++;
    });
    if (written === 0) throw new SiameseError('data', `${folder}: there are no records to write`);
    lmdbCall(() => lmdb.commit());
    lmdb.close();
    if (options.classNames) writeClassNames(temporary, options.classNames);
    replace(target, temporary);
  } catch (error) {
    writer?.close();
    if (existsSync(temporary)) rmSync(temporary, { recursive: true, force: true });
    const { code, message } = error as NodeJS.ErrnoException;
    if (error instanceof SiameseError || code === undefined) throw error;
    throw new SiameseError('io', `cannot write ${folder}: ${message}`, { cause: error });
  }
}

/** Throws unless `folder` may be written; also of use before long preparations. */
export function checkTarget(folder: string, force: boolean): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) throw new SiameseError('io', `${folder} exists and is no folder`);
  if (readdirSync(folder).length === 0) return;
  if (!isLmdb(folder)) {
    throw new SiameseError('io', `${folder} exists and holds other files; nothing is written over them`, {
      help: 'name a new folder',
    });
  }
  if (force) return;
  throw new SiameseError('io', `${folder} exists already`, {
    help: 'name another folder, or use --force to replace it',
  });
}

function replace(folder: string, temporary: string): void {
  const old = `${temporary}-old`;
  if (existsSync(folder)) renameSync(folder, old);
  renameSync(temporary, folder);
  rmSync(old, { recursive: true, force: true });
}
