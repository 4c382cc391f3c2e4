/**
 * Checks a LevelDB's checksums before it is opened: LevelDB itself skips damaged records of a log in silence, so that
 * a truncated database would only look smaller, and by default it does not check the blocks of its tables.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { checkLog } from './leveldb-log.js';
import { checkTable } from './leveldb-table.js';

/** Up to here every block of every table is read; of larger sets only the indices, or opening would take minutes. */
const FULL_CHECK_BYTES = 2 ** 30;

/** `folder` holds the files (or links to them); `source` is the database's name in messages. */
export function checkLevelDb(source: string, folder: string): void {
  const names = readdirSync(folder);
  for (const name of names) {
    if (/\.log$|^MANIFEST-/.test(name)) checkLog(readFileSync(path.join(folder, name)), `${source}/${name}`);
  }
  const tables = names.filter((name) => /\.(ldb|sst)$/.test(name));
  let bytes = 0;
  for (const name of tables) {
    bytes += checkTable(path.join(folder, name), `${source}/${name}`, bytes <= FULL_CHECK_BYTES);
  }
}
