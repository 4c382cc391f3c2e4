/**
 * Caffe's HDF5 snapshots: /data/<layer>/<index> and /diff/..., and the solver state with its /history. A parameter that
 * several layers share stands under its owner only. Source: Caffe net.cpp (ToHDF5), sgd_solver.cpp.
 */
import { SiameseError } from '../errors.js';
import type { SolverState, WeightBlob, Weights } from './files.js';
import { type Hdf5Dataset, Hdf5Error, type Hdf5Group, readHdf5 } from './hdf5-reader.js';
import { encodeHdf5, Hdf5Leaf, type Hdf5Tree } from './hdf5-writer.js';

/** `owned` says which blobs of a layer it owns: the others are left out. */
export function encodeWeightsHdf5(weights: Weights, owned: (layer: number, blob: number) => boolean): Uint8Array {
  const data = emptyTree();
  const diff = emptyTree();
  let withDiff = false;
  weights.layers.forEach(({ name, blobs }, i) => {
    const into = groupAt(data, name);
    const diffs = groupAt(diff, name);
    blobs.forEach((blob, j) => {
      if (!owned(i, j)) return;
      into[j] = new Hdf5Leaf(blob.data, blob.shape);
      if (!blob.diff) return;
      diffs[j] = new Hdf5Leaf(blob.diff, blob.shape);
      withDiff = true;
    });
  });
  return encodeHdf5(withDiff ? { data, diff } : { data });
}

export function encodeSolverStateHdf5({ iter, learned_net, current_step, history }: SolverState): Uint8Array {
  const blobs = Object.fromEntries(history.map(({ data, shape }, i) => [i, new Hdf5Leaf(data, shape)]));
  return encodeHdf5({
    iter: new Hdf5Leaf(Int32Array.of(iter), [1]),
    learned_net: new Hdf5Leaf(learned_net),
    current_step: new Hdf5Leaf(Int32Array.of(current_step), [1]),
    history: blobs,
  });
}

/** Throws SiameseError('input'). */
export function readWeightsHdf5(bytes: Uint8Array, file: string): Weights {
  return guarded(file, 'caffemodel', () => {
    const root = readHdf5(bytes);
    const layers: Weights['layers'] = [];
    const diff = root.members.get('diff');
    collect(group(root, 'data'), diff?.kind === 'group' ? diff : undefined, '', layers);
    return { name: '', layers, sparse: true };
  });
}

/** Throws SiameseError('input'). */
export function readSolverStateHdf5(bytes: Uint8Array, file: string): SolverState {
  return guarded(file, 'solverstate', () => {
    const root = readHdf5(bytes);
    const history = group(root, 'history').members;
    return {
      iter: integer(root, 'iter'),
      learned_net: text(root, 'learned_net'),
      current_step: integer(root, 'current_step'),
      history: Array.from({ length: history.size }, (_, i) => blobOf(history.get(String(i)), `history ${i}`)),
    };
  });
}

/** Without a prototype: a layer may be called as anything. */
function emptyTree(): Hdf5Tree {
  return Object.create(null) as Hdf5Tree;
}

/** Names with slashes are groups within groups, which is what an HDF5 library makes of them. */
function groupAt(tree: Hdf5Tree, name: string): Hdf5Tree {
  let at = tree;
  for (const part of name.split('/')) {
    const next = at[part] ?? emptyTree();
    at[part] = next;
    if (next instanceof Hdf5Leaf) throw new SiameseError('io', `the layer name "${name}" cannot be kept in HDF5`);
    at = next;
  }
  return at;
}

/** Every group with datasets is a layer, and every empty one is a layer without parameters. */
function collect({ members }: Hdf5Group, diffs: Hdf5Group | undefined, name: string, layers: Weights['layers']): void {
  const blobs: WeightBlob[] = [];
  const groups: [string, Hdf5Group][] = [];
  for (const [key, member] of members) {
    if (member.kind === 'group') groups.push([key, member]);
    else if (/^\d+$/.test(key)) blobs.push(weightBlob(member, diffs?.members.get(key), Number(key), `${name}/${key}`));
  }
  if (name !== '' && (blobs.length > 0 || groups.length === 0)) {
    layers.push({ name, type: '', blobs: blobs.sort((a, b) => a.index! - b.index!) });
  }
  for (const [key, member] of groups) {
    const inner = diffs?.members.get(key);
    collect(member, inner?.kind === 'group' ? inner : undefined, name === '' ? key : `${name}/${key}`, layers);
  }
}

function weightBlob(
  dataset: Hdf5Dataset,
  diff: Hdf5Group | Hdf5Dataset | undefined,
  index: number,
  what: string,
): WeightBlob {
  const blob: WeightBlob = { ...blobOf(dataset, what), index };
  if (diff) blob.diff = blobOf(diff, `the diff of ${what}`).data;
  return blob;
}

function blobOf(dataset: Hdf5Group | Hdf5Dataset | undefined, what: string): WeightBlob {
  if (dataset?.kind !== 'dataset' || !(dataset.values instanceof Float32Array)) {
    throw new Hdf5Error(`${what} is missing`);
  }
  return { shape: dataset.shape, data: dataset.values };
}

function group(root: Hdf5Group, name: string): Hdf5Group {
  const found = root.members.get(name);
  if (found?.kind !== 'group') throw new Hdf5Error(`it has no group "${name}"`);
  return found;
}

function integer(root: Hdf5Group, name: string): number {
  const { data } = blobOf(root.members.get(name), name);
  if (data.length !== 1) throw new Hdf5Error(`${name} is missing`);
  return data[0]!;
}

function text(root: Hdf5Group, name: string): string {
  const found = root.members.get(name);
  if (found?.kind !== 'dataset' || found.values instanceof Float32Array) throw new Hdf5Error(`${name} is missing`);
  return Buffer.from(found.values).toString('utf8').replace(/\0.*$/s, '');
}

function guarded<T>(file: string, kind: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof Hdf5Error)) throw cause;
    throw new SiameseError('input', `${file} is no ${kind}, or it is damaged: ${cause.message}`, { cause });
  }
}
