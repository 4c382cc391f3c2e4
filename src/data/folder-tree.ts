/** Finds the images of a folder of folders, and says which folder is which class. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../errors.js';
import { FORMATS_TEXT, IMAGE_NAME } from './image-format.js';

export interface FolderTree {
  /** Paths below the root with forward slashes, class by class, sorted within each. */
  files: { path: string; label: number }[];
  classNames: string[];
  notes: string[];
}

const OTHER_IMAGE = /\.(heic|heif|jp2|jxl|pgm|ppm|pbm|pnm|exr|hdr|psd|svg)$/i;

/** How many names an error lists. */
const LISTED = 10;

/**
 * A class is a folder that holds images itself, named by its path: with alphabets of characters (Omniglot) that is
 * "Greek/character01", since every alphabet has a character01, and the alphabets themselves would be the wrong classes.
 */
export function readFolderTree(root: string): FolderTree {
  const folders = new Map<string, string[]>();
  const others: string[] = [];
  collect(root, '', folders, others);
  const classNames = [...folders.keys()].sort(bytewise);
  if (classNames.length === 0) throw noImages(root, others);
  if (others.length > 0) throw otherFormats(root, others);
  checkLayout(root, classNames, folders);

  const files = classNames.flatMap((name, label) =>
    folders
      .get(name)!
      .sort(bytewise)
      .map((file) => ({ path: `${name}/${file}`, label })),
  );
  return { files, classNames, notes: nestedNote(root, classNames) };
}

function collect(root: string, below: string, folders: Map<string, string[]>, others: string[]): void {
  let entries: Dirent[];
  try {
    entries = readdirSync(path.join(root, below), { withFileTypes: true });
  } catch (cause) {
    throw new SiameseError('data', `${path.join(root, below)}: ${(cause as Error).message}`, { cause });
  }
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const inner = below ? `${below}/${entry.name}` : entry.name;
    if (isFolder(entry, path.join(root, inner))) {
      collect(root, inner, folders, others);
    } else if (IMAGE_NAME.test(entry.name)) {
      const files = folders.get(below);
      if (files) files.push(entry.name);
      else folders.set(below, [entry.name]);
    } else if (OTHER_IMAGE.test(entry.name)) {
      others.push(inner);
    }
  }
}

/** Also at the end of a link; a link to nowhere is a file that cannot be read, and is named as such later. */
export function isFolder(entry: Dirent, file: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return statSync(file).isDirectory();
  } catch {
    return false;
  }
}

function checkLayout(root: string, classNames: readonly string[], folders: ReadonlyMap<string, string[]>): void {
  if (folders.has('')) {
    throw new SiameseError('data', `${root} holds images itself (${folders.get('')![0]}), outside any class`, {
      help: 'put the images of each class into a folder named as the class',
    });
  }
  const names = new Set(classNames);
  for (const name of classNames) {
    for (let end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1)) {
      const outer = name.slice(0, end);
      if (!names.has(outer)) continue;
      throw new SiameseError('data', `${root}: is "${outer}" a class, or "${name}"? Both hold images`, {
        help: 'a class is one folder with all its images; move those of the inner folder up, or the others down',
      });
    }
  }
}

/** One level is what everybody expects; of more the user should see what became the classes. */
function nestedNote(root: string, classNames: readonly string[]): string[] {
  const nested = classNames.filter((name) => name.includes('/'));
  if (nested.length === 0) return [];
  const groups = new Set(nested.map((name) => name.slice(0, name.indexOf('/')))).size;
  return [
    `${root}: folders within folders: each of the ${classNames.length} innermost ones is a class ` +
      `("${nested[0]}"), not the ${groups} outer ones`,
  ];
}

function noImages(root: string, others: readonly string[]): SiameseError {
  if (others.length > 0) return otherFormats(root, others);
  return new SiameseError('data', `${root} is no data set that siamese knows: there is nothing to read in it`, {
    help: 'wanted: an LMDB, a LevelDB, IDX files, or one folder of images per class',
  });
}

function otherFormats(root: string, others: readonly string[]): SiameseError {
  return new SiameseError('data', `${root}: ${listFiles(others)}: images of a kind that is not supported`, {
    help: `convert them to ${FORMATS_TEXT}`,
  });
}

/** The first few names, and how many more there are. */
export function listFiles(files: readonly string[]): string {
  const more = files.length - LISTED;
  return files.slice(0, LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

/** As `sort` in the C locale and as LMDB orders keys, on every machine. */
function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
