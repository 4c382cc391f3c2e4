/** Files that the original Caffe read or wrote, for the tests of the language. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

export const GOLDEN = path.join(__dirname, '..', 'golden');

/** Names of the golden files of a folder that end so. */
export function goldenFiles(folder: string, end: string): string[] {
  return readdirSync(path.join(GOLDEN, folder))
    .filter((name) => name.endsWith(end))
    .map((name) => path.join(GOLDEN, folder, name));
}

export function golden(...names: string[]): string {
  return path.join(GOLDEN, ...names);
}

/** The message dumps in a log of Caffe's: the lines between `title` and the next log line. */
export function dumpsInLog(file: string, title: string): string[] {
  const text = gunzipSync(readFileSync(file)).toString('utf8');
  return text
    .split(/^[IWEF]\d{8} .*?\] /m)
    .filter((part) => part.startsWith(title))
    .map((part) => part.slice(part.indexOf('\n') + 1));
}
