/** Runs of one-shot classification as Lake et al. (2015) lay them out: one example of each class, and images to recognise. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import { IMAGE_NAME } from './image-format.js';

export interface OneShotRun {
  /** The run's folder, below the folder that was asked for. */
  name: string;
  /** Image files: one of each class, and those to recognise, each with the index of its class. */
  training: string[];
  test: { file: string; truth: number }[];
}

const LABELS = 'class_labels.txt';
/** Folders within folders that runs are looked for in. */
const DEEPEST = 3;
const FORM = `a run is a folder with ${LABELS} ("run01/test/item01.png run01/training/class08.png" a line) and these images`;

/** The runs in `root`, which may itself be one, in order of name. */
export function readOneShotRuns(root: string): OneShotRun[] {
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    const archive = /\.zip$/i.test(root) && existsSync(root);
    throw new SiameseError('input', archive ? `${root} is an archive` : `there is no folder ${root}`, {
      help: archive ? 'unzip it, and name the folder' : FORM,
    });
  }
  const folders = runFolders(root, '', 0);
  if (folders.length === 0) throw new SiameseError('input', `${root} holds no run: no ${LABELS}`, { help: FORM });
  return folders.sort().map((folder) => readRun(path.join(root, folder), folder || path.basename(path.resolve(root))));
}

function runFolders(root: string, below: string, depth: number): string[] {
  const folder = path.join(root, below);
  if (existsSync(path.join(folder, LABELS))) return [below];
  if (depth === DEEPEST) return [];
  const inner = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return inner.flatMap(({ name }) => runFolders(root, path.join(below, name), depth + 1));
}

function readRun(folder: string, name: string): OneShotRun {
  const file = path.join(folder, LABELS);
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  const pairs = lines.flatMap((text, i) => {
    if (text.trim() === '') return [];
    const fail = (why: string): never => {
      throw new SiameseError('input', why, { at: { file, line: i + 1, column: 1, text }, help: FORM });
    };
    const words = text.trim().split(/\s+/);
    if (words.length !== 2) return fail(`wanted are two names of images, found ${words.length}`);
    const [test, truth] = words.map((word) => resolve(folder, word) ?? fail(`there is no image ${word}`));
    return [{ test: test!, truth: truth! }];
  });
  if (pairs.length === 0) throw new SiameseError('input', `${file} names no images`, { help: FORM });
  const training = examples(pairs.map(({ truth }) => truth));
  const indexOf = new Map(training.map((example, i) => [example, i]));
  return { name, training, test: pairs.map(({ test, truth }) => ({ file: test, truth: indexOf.get(truth)! })) };
}

/** Names begin with that of the run's folder, or are below it. */
function resolve(folder: string, name: string): string | undefined {
  return [path.join(folder, '..', name), path.join(folder, name)].find((file) => existsSync(file));
}

/** Every image beside those named: a class that no image to recognise is of can be mistaken for one all the same. */
function examples(named: readonly string[]): string[] {
  const folders = [...new Set(named.map((file) => path.dirname(file)))];
  const all = folders.flatMap((folder) => {
    return readdirSync(folder).flatMap((name) => (IMAGE_NAME.test(name) ? [path.join(folder, name)] : []));
  });
  return [...new Set([...all, ...named])].sort();
}
