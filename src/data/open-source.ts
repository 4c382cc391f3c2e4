/** Opens a data set, whatever it is: the one place that tells the formats apart. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import type { DataParameter } from '../proto/messages.js';
import { DatabaseSource } from './database-source.js';
import { openFolder } from './folder-source.js';
import { findIdx, openIdx } from './idx-source.js';
import { isLevelDb, LevelDbDatabase } from './leveldb-database.js';
import { isLmdb, LmdbDatabase } from './lmdb-database.js';
import { findMnist, isMnist } from './mnist.js';
import type { OpenOptions } from './open-options.js';
import type { RecordSource } from './record-source.js';

export type { OpenOptions } from './open-options.js';

export type Backend = DataParameter['backend'];

/**
 * `source`: an LMDB (folder or file), a LevelDB, a folder of folders of images, IDX files (see findIdx) or
 * "mnist:train" and the like. `backend`, when given, must not say LMDB of a LevelDB or the other way round.
 */
export async function openSource(source: string, backend?: Backend, options: OpenOptions = {}): Promise<RecordSource> {
  if (isMnist(source)) return openIdx(source, findMnist(source));
  try {
    return await openFiles(source, backend, options);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (cause instanceof SiameseError || code === undefined) throw cause;
    throw new SiameseError('data', `${source}: ${message}`, { cause });
  }
}

/** A file that a prototxt names: from the working directory, as Caffe has it, or else beside the prototxt. */
export function findFile(name: string, baseFolder: string): string {
  if (path.isAbsolute(name)) return name;
  const beside = path.join(baseFolder, name);
  if (isMnist(name)) return existsSync(beside) ? beside : name;
  const places = [name, beside];
  const [images, labels, more] = name.split(',');
  if (images && labels && more === undefined && !places.some((place) => existsSync(place))) {
    return `${findFile(images, baseFolder)},${findFile(labels, baseFolder)}`;
  }
  return places.find((place) => existsSync(place) || findIdxQuietly(place)) ?? name;
}

function findIdxQuietly(file: string): boolean {
  try {
    return findIdx(file) !== undefined;
  } catch {
    return true; // it is there, and opening it will say what is wrong
  }
}

async function openFiles(source: string, backend: Backend, options: OpenOptions): Promise<RecordSource> {
  if (existsSync(source)) {
    if (isLmdb(source)) {
      checkBackend(source, backend, 'LMDB');
      return await DatabaseSource.open(source, new LmdbDatabase(source), options);
    }
    if (isLevelDb(source)) {
      checkBackend(source, backend, 'LEVELDB');
      return await DatabaseSource.open(source, await LevelDbDatabase.open(source), options);
    }
  }
  const idx = findIdx(source);
  if (idx) return openIdx(source, idx);
  if (!existsSync(source)) {
    throw new SiameseError('data', `there is no data set ${source}`, {
      help: 'wanted: an LMDB, a LevelDB, IDX files, a folder of folders of images, or mnist:train',
    });
  }
  if (statSync(source).isDirectory()) return openFolder(source, options);
  throw new SiameseError('data', `${source} is no data set: neither an LMDB nor an IDX file of images`);
}

function checkBackend(source: string, backend: Backend, found: 'LMDB' | 'LEVELDB'): void {
  const wrong = backend !== undefined && backend !== 'IMAGEDB' && backend !== found;
  if (wrong) throw new SiameseError('data', `${source} is of backend ${found}, not ${backend}`);
}
