/** Caffe's files by name: nets and solvers as text, weights and solver states as bytes. */
import { readFileSync } from 'node:fs';
import { SiameseError } from '../errors.js';
import { readSolverStateHdf5, readWeightsHdf5 } from './hdf5-caffe.js';
import { isHdf5 } from './hdf5-reader.js';
import type { BlobProto, NetParameter, SolverParameter } from './messages.js';
import { readMessage } from './read-message.js';
import { type Parsed, parseText } from './text.js';
import { upgradeNet, upgradeSolver, upgradeV1Type } from './upgrade.js';
import { writeMessage } from './write-message.js';

export interface WeightBlob {
  shape: number[];
  data: Float32Array;
  /** Only in files written with snapshot_diff. */
  diff?: Float32Array;
  /** The shape is the 4-d num, channels, height, width of an old file. */
  legacy?: boolean;
  /** Its place among the layer's blobs, where others may be missing (HDF5). */
  index?: number;
}

export interface Weights {
  name: string;
  layers: { name: string; type: string; blobs: WeightBlob[] }[];
  /** Parameters that layers share stand under their owner only (HDF5). */
  sparse?: boolean;
}

export interface SolverState {
  iter: number;
  /** The caffemodel that belongs to it, as its writer named it. */
  learned_net: string;
  history: WeightBlob[];
  current_step: number;
}

/** Reads a net's prototxt and puts old forms into the current one. */
export function readNet(file: string): Parsed<NetParameter> {
  return parseNet(readText(file, 'net'), file);
}

/** A net from text; `file` is the name that errors give. */
export function parseNet(text: string, file: string): Parsed<NetParameter> {
  const { message, warnings } = parseText('NetParameter', text, file);
  const upgraded = upgradeNet(message);
  return { message: upgraded.message, warnings: [...warnings, ...upgraded.warnings] };
}

/** Reads a solver's prototxt; nets inside it are upgraded too. */
export function readSolver(file: string): Parsed<SolverParameter> {
  return parseSolver(readText(file, 'solver'), file);
}

/** A solver from text; `file` is the name that errors give. */
export function parseSolver(text: string, file: string): Parsed<SolverParameter> {
  const { message, warnings } = parseText('SolverParameter', text, file);
  const upgraded = upgradeSolver(message);
  return { message: upgraded.message, warnings: [...warnings, ...upgraded.warnings] };
}

/**
 * Reads a .caffemodel of any age, or a .caffemodel.h5. Numbers of the former are views of the file's bytes: a file takes its
 * own size in memory.
 */
export function readWeights(file: string): Weights {
  const bytes = readBytes(file, 'weights');
  if (isHdf5(bytes)) return readWeightsHdf5(bytes, file);
  return weightsOf(readBinary('NetParameter', cutTrailer(bytes), file), file);
}

/** The weights in a net that was read from `file`. */
export function weightsOf(net: NetParameter, file: string): Weights {
  const layers = net.layer ?? [];
  const old = (net.layers ?? []).map((layer) => ({
    name: layer.name ?? layer.layer?.name,
    type: layer.type ? upgradeV1Type(layer.type) : layer.layer?.type,
    blobs: layer.blobs ?? layer.layer?.blobs,
  }));
  return {
    name: net.name ?? '',
    layers: [...layers, ...old].map(({ name = '', type = '', blobs = [] }) => ({
      name,
      type,
      blobs: blobs.map((blob, i) => weightBlob(blob, `blob ${i} of layer '${name}' in ${file}`)),
    })),
  };
}

/** The bytes of a .caffemodel: a net whose layers carry blobs. Numbers are copied once, into the result. */
export function encodeNetWithBlobs(net: NetParameter): Uint8Array {
  return writeMessage('NetParameter', net);
}

/** Reads a .solverstate or .solverstate.h5. */
export function readSolverState(file: string): SolverState {
  const bytes = readBytes(file, 'solver state');
  if (isHdf5(bytes)) return readSolverStateHdf5(bytes, file);
  const state = readBinary('SolverState', cutTrailer(bytes), file);
  return {
    iter: state.iter ?? 0,
    learned_net: state.learned_net ?? '',
    history: (state.history ?? []).map((blob, i) => weightBlob(blob, `history ${i} in ${file}`)),
    current_step: state.current_step ?? 0,
  };
}

export function encodeSolverState(state: SolverState): Uint8Array {
  const { history, ...rest } = state;
  return writeMessage('SolverState', { ...rest, history: history.map(blobProto) });
}

/** One BlobProto (a mean file, say), from its own file. */
export function readBlob(file: string): WeightBlob {
  return weightBlob(readBinary('BlobProto', readBytes(file, 'blob'), file), `the blob in ${file}`);
}

export function blobProto(blob: WeightBlob): BlobProto {
  const [num, channels, height, width] = blob.shape;
  const proto: BlobProto = blob.legacy ? { num, channels, height, width } : { shape: { dim: blob.shape } };
  proto.data = blob.data;
  if (blob.diff) proto.diff = blob.diff;
  return proto;
}

function weightBlob(blob: BlobProto, where: string): WeightBlob {
  const { num, channels, height, width } = blob;
  const legacy = !blob.shape && [num, channels, height, width].some((size) => size !== undefined);
  const data = blob.data ?? narrowed(blob.double_data);
  const shape = legacy ? [num ?? 0, channels ?? 0, height ?? 0, width ?? 0] : (blob.shape?.dim ?? []);
  const count = shape.reduce((product, size) => product * size, 1);
  if (shape.some((size) => size < 0) || data.length !== count) {
    throw new SiameseError(
      'input',
      `${where} has ${data.length} values for shape ${shape.join(' x ') || '()'} (${count})`,
      {
        help: 'the file is damaged, or was written without its data',
      },
    );
  }
  const diff = blob.diff ?? (blob.double_diff && narrowed(blob.double_diff));
  return { shape, data, ...(diff?.length === count && { diff }), ...(legacy && { legacy }) };
}

function narrowed(values: Float64Array | undefined): Float32Array {
  return values ? Float32Array.from(values) : new Float32Array(0);
}

function readBinary<K extends 'NetParameter' | 'SolverState' | 'BlobProto'>(type: K, bytes: Buffer, file: string) {
  if (bytes.length === 0) throw new SiameseError('input', `${file} is empty`);
  if (isHdf5(bytes)) throw new SiameseError('input', `${file} is an HDF5 file, not a ${KINDS[type]}`);
  try {
    return readMessage(type, bytes, { inPlace: true });
  } catch (cause) {
    throw new SiameseError('input', `${file} is no ${KINDS[type]}, or it is damaged: ${(cause as Error).message}`, {
      cause,
      help: TEXT.test(bytes.toString('latin1', 0, 64)) ? 'it looks like text: is it a prototxt?' : undefined,
    });
  }
}

const TEXT = /^[\t\n\r -~]+$/;

const KINDS = { NetParameter: 'caffemodel', SolverState: 'solverstate', BlobProto: 'blob' } as const;

/** MyCaffe puts 256 zero bytes and a signed tail behind its weights, which protobuf cannot read past. */
const TRAILER = Buffer.from('mycaffe.ai', 'latin1');
const ZEROS = 256;
/** Zeros, name, 32 bytes of version, 8 bytes of offset, name: with room for other versions of it. */
const LONGEST_TRAILER = 1024;

function cutTrailer(bytes: Buffer): Buffer {
  const from = Math.max(0, bytes.length - LONGEST_TRAILER);
  const first = bytes.subarray(from).indexOf(TRAILER);
  if (first < 0) return bytes;
  const start = from + first - ZEROS;
  if (start < 0 || bytes.subarray(start, start + ZEROS).some((byte) => byte !== 0)) return bytes;
  return bytes.subarray(0, start);
}

function readText(file: string, what: string): string {
  const bytes = readBytes(file, what);
  if (bytes.includes(0)) {
    throw new SiameseError('input', `${file} is no text: a ${what} is a prototxt`, {
      help: 'weights (.caffemodel) are given with --weights, solver states with --snapshot',
    });
  }
  return bytes.toString('utf8');
}

function readBytes(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
      ENOENT: 'there is no such file',
      EISDIR: 'it is a folder',
      EACCES: 'permission denied',
    };
    throw new SiameseError('input', `cannot open ${what} ${file}: ${reasons[code ?? ''] ?? message}`, { cause });
  }
}
