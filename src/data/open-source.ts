/** Opens a data set, whatever it is: the one place that tells the formats apart. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import type { DataParameter, LayerParameter } from '../proto/messages.js';
import { positionOf } from '../proto/positions.js';
import { DatabaseSource } from './database-source.js';
import { FolderSource } from './folder-source.js';
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
 * "mnist:train" / "mnist:test". `backend`, when given, must not say LMDB of a LevelDB or the other way round.
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

/** The source of a Data layer: a relative one is looked for from the working directory, then from `baseFolder`. */
export async function openLayerSource(layer: LayerParameter, baseFolder: string): Promise<RecordSource> {
  const { source, backend } = layer.data_param ?? {};
  const details = (path: string, help?: string) => ({ layer: layer.name, at: positionOf(layer, path), help });
  if (!source) {
    throw new SiameseError(
      'input',
      `layer "${layer.name}" (${layer.type}): data_param has no source`,
      details('data_param'),
    );
  }
  const { force_color, force_gray } = layer.transform_param ?? {};
  if (force_color && force_gray) {
    const message = `layer "${layer.name}" (${layer.type}): force_color and force_gray cannot both be set`;
    throw new SiameseError('input', message, details('transform_param.force_gray'));
  }
  const color = force_color || layer.data_param?.force_encoded_color;
  try {
    return await openSource(findFile(source, baseFolder), backend, {
      channels: color ? 3 : force_gray ? 1 : undefined,
      size: newSize(layer, details),
    });
  } catch (error) {
    if (!(error instanceof SiameseError)) throw error;
    throw new SiameseError(error.code, `layer "${layer.name}" (${layer.type}): ${error.message}`, {
      ...details('data_param.source', error.help),
      cause: error,
    });
  }
}

function newSize(layer: LayerParameter, details: (path: string) => object): OpenOptions['size'] {
  const { new_height: height = 0, new_width: width = 0 } = layer.data_param ?? {};
  if (height === 0 && width === 0) return undefined;
  if (height > 0 && width > 0) return { height, width };
  throw new SiameseError(
    'input',
    `layer "${layer.name}" (${layer.type}): new_height and new_width must be given together`,
    details(height > 0 ? 'data_param.new_height' : 'data_param.new_width'),
  );
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
  if (statSync(source).isDirectory()) return FolderSource.open(source, options);
  throw new SiameseError('data', `${source} is no data set: neither an LMDB nor an IDX file of images`);
}

function checkBackend(source: string, backend: Backend, found: 'LMDB' | 'LEVELDB'): void {
  const wrong = backend !== undefined && backend !== 'IMAGEDB' && backend !== found;
  if (wrong) throw new SiameseError('data', `${source} is of backend ${found}, not ${backend}`);
}
