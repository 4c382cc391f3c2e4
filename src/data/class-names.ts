/** Names of the classes of a database, which Caffe's formats have no place for: classes.txt in its folder, by label. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FILE = 'classes.txt';

export function writeClassNames(folder: string, names: readonly string[]): void {
  writeFileSync(path.join(folder, FILE), `${names.join('\n')}\n`);
}

/** Undefined where there are none: then labels are their own names. */
export function readClassNames(folder: string): string[] | undefined {
  const file = path.join(folder, FILE);
  if (!statSync(folder).isDirectory() || !existsSync(file)) return undefined;
  return readFileSync(file, 'utf8')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
}
