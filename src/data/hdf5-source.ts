/** HDF5Data's source: a text file that lists HDF5 files, each record a row of several datasets. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import { type Hdf5Shapes, readRows, readShapes } from './hdf5-file.js';
import { type Hdf5Library, hdf5Library } from './hdf5-library.js';
import type { RecordSource, RecordSourceInfo } from './record-source.js';

interface HdfFile {
  name: string;
  shapes: Hdf5Shapes;
  /** Number of its first record. */
  start: number;
}

export class Hdf5Source implements RecordSource {
  readonly info: RecordSourceInfo;
  #all: Promise<RecordSet> | undefined;
  /** The file read last: in Caffe's order, and in its random one, its rows come one after another. */
  #last: { file: HdfFile; rows: Float32Array } | undefined;

  /** Looks at every file: all must have these datasets, of the same shapes. `locate` finds a file that the list names. */
  static async open(list: string, datasets: readonly string[], locate: (name: string) => string): Promise<Hdf5Source> {
    const library = await hdf5Library();
    let start = 0;
    const files = readNames(list, locate).map((name): HdfFile => {
      const shapes = readShapes(library, name, datasets);
      start += shapes.rows;
      return { name, shapes, start: start - shapes.rows };
    });
    checkShapes(files, datasets);
    return new Hdf5Source(library, list, datasets, files);
  }

  private constructor(
    private readonly library: Hdf5Library,
    list: string,
    private readonly datasets: readonly string[],
    private readonly files: readonly HdfFile[],
  ) {
    const { parts } = files[0]!.shapes;
    const groups = files.map(({ shapes }) => shapes.rows);
    const count = groups.reduce((sum, rows) => sum + rows, 0);
    const channels = parts.reduce((sum, part) => sum + part.reduce((product, dim) => product * dim, 1), 0);
    this.info = { name: list, kind: 'hdf5', count, channels, height: 1, width: 1, parts, groups };
  }

  /** A row has no one label. */
  async labels(): Promise<Float32Array> {
    return new Float32Array(this.info.count);
  }

  all(): Promise<RecordSet> {
    this.#all ??= this.#readAll();
    return this.#all;
  }

  async read(order: Int32Array): Promise<RecordSet> {
    const width = this.info.channels;
    const floats = new Float32Array(order.length * width);
    // File by file, whatever the order.
    const places = [...order.keys()].sort((a, b) => order[a]! - order[b]!);
    for (const place of places) {
      const record = order[place]!;
      const file = this.files.findLast(({ start }) => start <= record)!;
      const row = record - file.start;
      floats.set(this.#rowsOf(file).subarray(row * width, (row + 1) * width), place * width);
    }
    return this.#set(floats, order.length);
  }

  async key(record: number): Promise<string> {
    const file = this.files.findLast(({ start }) => start <= record)!;
    return `${file.name}[${record - file.start}]`;
  }

  async close(): Promise<void> {
    this.#all = this.#last = undefined;
  }

  async #readAll(): Promise<RecordSet> {
    const { count, channels } = this.info;
    const floats = new Float32Array(count * channels);
    for (const file of this.files) {
      floats.set(readRows(this.library, file.name, this.datasets, file.shapes), file.start * channels);
    }
    return this.#set(floats, count);
  }

  #rowsOf(file: HdfFile): Float32Array {
    if (this.#last?.file !== file) {
      this.#last = { file, rows: readRows(this.library, file.name, this.datasets, file.shapes) };
    }
    return this.#last.rows;
  }

  #set(floats: Float32Array, count: number): RecordSet {
    return { floats, labels: new Float32Array(count), count, channels: this.info.channels, height: 1, width: 1 };
  }
}

/** One name a line; from the working directory, as Caffe has it, else beside the list. */
function readNames(list: string, locate: (name: string) => string): string[] {
  const names = readFileSync(list, 'utf8')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (names.length === 0) throw new SiameseError('data', `${list} names no files`);
  return names.map((name) => {
    const found = locate(name);
    const beside = path.join(path.dirname(list), name);
    return existsSync(found) || !existsSync(beside) ? found : beside;
  });
}

function checkShapes(files: readonly HdfFile[], datasets: readonly string[]): void {
  const first = files[0]!;
  for (const { name, shapes } of files) {
    const differs = shapes.parts.findIndex((part, i) => part.join() !== first.shapes.parts[i]!.join());
    if (differs < 0) continue;
    const text = ({ parts }: Hdf5Shapes) => parts[differs]!.join(' x ') || 'one number';
    const rows = `a row of "${datasets[differs]}" is ${text(shapes)}, in ${first.name} it is ${text(first.shapes)}`;
    throw new SiameseError('data', `${name}: ${rows}`);
  }
}
