/** Reads the .gold files: blobs of one layer before and after the original Caffe ran it. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface GoldBlob {
  role: 'bottom' | 'top' | 'param';
  index: number;
  kind: 'data' | 'diff' | 'data_after';
  shape: number[];
  data: Float32Array;
}

export interface Gold {
  name: string;
  type: string;
  phase: 'TRAIN' | 'TEST';
  /** The body of `layer { ... }`. */
  layer_prototxt: string;
  propagate_down: boolean[];
  backward: boolean;
  in_place: boolean;
  forward_repeats: number;
  loss: number;
  blobs: GoldBlob[];
}

const FOLDER = path.join(__dirname, '..', 'golden', 'layers');
const MAGIC = 'CGOLD01\n';

export function readGold(file: string): Gold {
  const bytes = readFileSync(file);
  if (bytes.toString('latin1', 0, 8) !== MAGIC) throw new Error(`${file} is no .gold file`);
  const header = bytes.readUInt32LE(8);
  const gold = JSON.parse(bytes.toString('utf8', 12, 12 + header)) as Gold;
  const blobs = gold.blobs as (GoldBlob & { count: number; offset: number })[];
  for (const blob of blobs) {
    const start = 12 + header + blob.offset;
    blob.data = new Float32Array(
      bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + start + 4 * blob.count),
    );
  }
  return gold;
}

/** All golden cases of a layer type. */
export function goldsOf(type: string): Gold[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.gold'))
    .map((name) => readGold(path.join(FOLDER, name)))
    .filter((gold) => gold.type === type);
}

export function blobsOf(gold: Gold, role: GoldBlob['role'], kind: GoldBlob['kind']): GoldBlob[] {
  return gold.blobs.filter((blob) => blob.role === role && blob.kind === kind);
}
