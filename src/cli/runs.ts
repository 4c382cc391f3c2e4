/** Remembers the snapshots written from a folder, so that `test` and `match` find the newest without being told. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';

/** One line of `.siamese/runs.jsonl`; paths are relative to the folder that holds `.siamese`. */
export interface RunRecord {
  schema: 'siamese.run/1';
  time: string;
  iter: number;
  solver: string;
  caffemodel: string;
  solverstate: string;
  centroids?: string | undefined;
}

const INDEX = path.join('.siamese', 'runs.jsonl');
/** Folders where a scan does not look, and how deep it goes. */
const SKIPPED = new Set(['node_modules', '.git', 'build', 'dist']);
const SCAN_DEPTH = 3;

/** Appends one snapshot. A folder that cannot be written to costs the memory, not the training: the caller warns. */
export function rememberRun(record: Omit<RunRecord, 'schema' | 'time'>, folder = process.cwd()): void {
  const local = (file: string) => path.relative(folder, path.resolve(file));
  const line: RunRecord = {
    schema: 'siamese.run/1',
    time: new Date().toISOString(),
    iter: record.iter,
    solver: local(record.solver),
    caffemodel: local(record.caffemodel),
    solverstate: local(record.solverstate),
    centroids: record.centroids && local(record.centroids),
  };
  const file = path.join(folder, INDEX);
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    appendFileSync(file, `${JSON.stringify(line)}\n`);
  } catch (cause) {
    throw new SiameseError('io', `cannot note the snapshot in ${INDEX}: ${(cause as Error).message}`, {
      help: 'test and match will need --snapshot',
      cause,
    });
  }
}

/** The snapshot to use when none is named: the last of the index that still exists, else the newest centroid file around. */
export function newestSnapshot(folder = process.cwd()): { file: string; how: string } {
  for (const run of readIndex(folder).reverse()) {
    const file = path.join(folder, run.caffemodel);
    if (existsSync(file))
      return { file: path.relative(process.cwd(), file), how: `iteration ${run.iter} of ${run.solver}` };
  }
  const found = newestOnDisk(folder);
  if (found) return { file: path.relative(process.cwd(), found), how: 'the newest snapshot found here' };
  throw new SiameseError('input', 'no snapshot: nothing was trained in this folder', {
    help: 'train first (siamese train --solver FILE), or name one: --snapshot FILE',
  });
}

/** The solver that a snapshot was written by, if it was written from this folder. */
export function solverOf(caffemodel: string, folder = process.cwd()): string | undefined {
  const wanted = path.resolve(caffemodel);
  const run = readIndex(folder).findLast((record) => path.resolve(folder, record.caffemodel) === wanted);
  if (run === undefined) return undefined;
  const solver = path.join(folder, run.solver);
  return existsSync(solver) ? path.relative(process.cwd(), solver) : undefined;
}

/** Lines cut short by a crash, or of a later version, are passed over. */
function readIndex(folder: string): RunRecord[] {
  let text: string;
  try {
    text = readFileSync(path.join(folder, INDEX), 'utf8');
  } catch {
    return []; // no index: the scan below is the answer
  }
  return text.split('\n').flatMap((line) => {
    try {
      const record = JSON.parse(line) as RunRecord;
      return record.schema === 'siamese.run/1' ? [record] : [];
    } catch {
      return [];
    }
  });
}

/** The weights that a centroid file lies beside, in either format. */
export function caffemodelBeside(centroids: string): string {
  const plain = centroids.replace(/\.centroids$/, '.caffemodel');
  return !existsSync(plain) && existsSync(`${plain}.h5`) ? `${plain}.h5` : plain;
}

function newestOnDisk(folder: string): string | undefined {
  let best: { file: string; time: number } | undefined;
  for (const file of centroidFiles(folder, SCAN_DEPTH)) {
    const model = caffemodelBeside(file);
    if (!existsSync(model)) continue;
    const time = statSync(model).mtimeMs;
    if (!best || time > best.time) best = { file: model, time };
  }
  return best?.file;
}

function* centroidFiles(folder: string, depth: number): Generator<string> {
  let entries: import('node:fs').Dirent[];
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch {
    return; // a folder that may not be listed holds nothing for us
  }
  for (const entry of entries) {
    const file = path.join(folder, entry.name);
    if (entry.isFile() && entry.name.endsWith('.centroids')) yield file;
    if (entry.isDirectory() && depth > 0 && !SKIPPED.has(entry.name)) yield* centroidFiles(file, depth - 1);
  }
}
