/** One HDF5 file of data: rows of named datasets, as floats. */
import { existsSync } from 'node:fs';
import { SiameseError } from '../errors.js';
import { type Hdf5Library, hdf5Reason } from './hdf5-library.js';

type OpenFile = InstanceType<Hdf5Library['File']>;
type Dataset = InstanceType<Hdf5Library['Dataset']>;

/** A dataset is read whole into the library's memory, which is of 32 bits; a header may claim any size. */
const MOST_BYTES = 2 ** 31;

/** HDF5's type classes. */
const INTEGER = 0;
const FLOAT = 1;

export interface Hdf5Shapes {
  rows: number;
  /** Of one row of each dataset. */
  parts: number[][];
}

/** The shapes of the datasets of these names; throws SiameseError('data') when they do not go together. */
export function readShapes(library: Hdf5Library, name: string, datasets: readonly string[]): Hdf5Shapes {
  return withFile(library, name, (file) => {
    const shapes = datasets.map((dataset) => find(file, name, dataset).shape!);
    const rows = shapes[0]![0]!;
    const other = shapes.findIndex((shape) => shape[0] !== rows);
    if (other >= 0) {
      const message = `"${datasets[0]}" has ${rows} rows, "${datasets[other]}" has ${shapes[other]![0]}`;
      throw new SiameseError('data', `${name}: ${message}`);
    }
    if (rows === 0) throw new SiameseError('data', `${name}: "${datasets[0]}" has no rows`);
    return { rows, parts: shapes.map((shape) => shape.slice(1)) };
  });
}

/** All rows: those of the first dataset's row 0, of the second's row 0, ..., of the first's row 1, ... */
export function readRows(
  library: Hdf5Library,
  name: string,
  datasets: readonly string[],
  { rows, parts }: Hdf5Shapes,
): Float32Array {
  const sizes = parts.map((part) => part.reduce((product, dim) => product * dim, 1));
  const width = sizes.reduce((sum, size) => sum + size, 0);
  const out = new Float32Array(rows * width);
  withFile(library, name, (file) => {
    let offset = 0;
    for (const [i, dataset] of datasets.entries()) {
      const size = sizes[i]!;
      const values = toFloats(find(file, name, dataset).value as ArrayLike<number> | BigInt64Array | BigUint64Array);
      if (values.length !== rows * size) throw new SiameseError('data', `${name}: "${dataset}" has changed its size`);
      for (let row = 0; row < rows; row++) {
        out.set(values.subarray(row * size, (row + 1) * size), row * width + offset);
      }
      offset += size;
    }
  });
  return out;
}

function toFloats(values: ArrayLike<number> | BigInt64Array | BigUint64Array): Float32Array {
  const big = values instanceof BigInt64Array || values instanceof BigUint64Array;
  return big ? Float32Array.from(values, Number) : new Float32Array(values);
}

function find(file: OpenFile, name: string, dataset: string): Dataset {
  const found = file.keys().includes(dataset) ? file.get(dataset) : null;
  if (!found || !('shape' in found) || !found.shape) {
    throw new SiameseError('data', `${name} has no dataset "${dataset}"`, {
      help: `each top is the dataset of its name; the file has ${file.keys().join(', ') || 'nothing'}`,
    });
  }
  const { type, size } = (found as Dataset).metadata;
  if (found.shape.length === 0 || (type !== INTEGER && type !== FLOAT) || size > 8) {
    throw new SiameseError('data', `${name}: "${dataset}" does not hold rows of numbers`);
  }
  const bytes = found.shape.reduce((product, dim) => product * dim, size);
  if (bytes > MOST_BYTES) {
    const message = `"${dataset}" is of ${found.shape.join(' x ')} numbers, more than ${MOST_BYTES / 2 ** 30} GiB`;
    throw new SiameseError('data', `${name}: ${message}`, { help: 'divide the file, and list its parts' });
  }
  return found as Dataset;
}

function withFile<T>(library: Hdf5Library, name: string, use: (file: OpenFile) => T): T {
  if (!existsSync(name)) throw new SiameseError('data', `${name}: there is no such file`);
  let file: OpenFile | undefined;
  try {
    file = new library.File(name, 'r');
    return use(file);
  } catch (cause) {
    if (cause instanceof SiameseError) throw cause;
    throw new SiameseError('data', `${name}: cannot read this HDF5 file: ${hdf5Reason(cause)}`, { cause });
  } finally {
    close(file);
  }
}

/** A file that failed to open may fail to close: that is told already. */
function close(file: OpenFile | undefined): void {
  try {
    file?.close();
  } catch (error) {
    if (error instanceof SiameseError) throw error;
  }
}
