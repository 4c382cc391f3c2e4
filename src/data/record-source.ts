/** Where records come from, whatever the file format: the interface between data sets and everything that eats them. */
import type { RecordSet } from '../engine/native.js';

export interface RecordSourceInfo {
  /** As given by the user. */
  name: string;
  kind: 'lmdb' | 'leveldb' | 'idx' | 'folder' | 'list' | 'hdf5' | 'windows' | 'memory';
  count: number;
  channels: number;
  height: number;
  width: number;
  /** HDF5: the shapes that a record, a row of floats, is made of; then channels is their sum, height and width are 1. */
  parts?: number[][];
  /** HDF5: records of each file. */
  groups?: number[];
  /** Class names by label, when the source has them (folder names); else labels are their own names. */
  classNames?: string[];
  /** Images have sizes of their own: a record is a window of height x width of one, the middle one unless it is said. */
  ownSizes?: boolean;
  /** What is odd about the set but no error, for the user to know: one sentence each. */
  notes?: string[];
}

/** Numbered records, in the order of their keys. Opening never writes into the user's data set. */
export interface RecordSource {
  readonly info: RecordSourceInfo;
  /** Labels of all records, in order; read once and cached. Labels are Caffe's ints, kept as floats. */
  labels(): Promise<Float32Array>;
  /** All records at once, for a set that fits in memory. */
  all(): Promise<RecordSet>;
  /** Some records, in the order asked. */
  read(order: Int32Array): Promise<RecordSet>;
  /**
   * Where `info.ownSizes`: of each record in `order` the window at (y, x), two shares in [0, 1) of the places there are;
   * without `places` the middle one.
   */
  readWindows?(order: Int32Array, places: Float64Array | undefined): Promise<RecordSet>;
  /** Key of a record (LMDB key, file name), for messages and `embed`. */
  key(record: number): Promise<string>;
  close(): Promise<void>;
}
