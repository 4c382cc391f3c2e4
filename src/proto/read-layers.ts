/** Some layers of a .caffemodel, without reading the others: one tower of two takes half the time and memory. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { readWeights, type Weights, weightsOf } from './files.js';
import type { LayerParameter } from './messages.js';
import { readMessage } from './read-message.js';

/** NetParameter.layer and LayerParameter.name, both length-delimited: number << 3 | 2. */
const LAYER = (100 << 3) | 2;
const NAME = (1 << 3) | 2;
/** Of each field of the net this much is looked at; a layer's name is its first field. */
const HEAD = 512;

/**
 * The weights of the layers that are named; layers that the file lacks are missing in the result. A file of another
 * form than today's .caffemodel is read whole, by `readWeights`, whose errors these are too.
 */
export function readLayers(file: string, names: ReadonlySet<string>, read: ReadPart = readPart): Weights {
  return scan(file, names, read) ?? readWeights(file);
}

/** Reads a part of an open file; fewer bytes where it ends before. The bytes are the caller's own. */
export type ReadPart = (descriptor: number, from: number, length: number) => Uint8Array;

function scan(file: string, names: ReadonlySet<string>, readBytes: ReadPart): Weights | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return undefined;
  }
  try {
    const { size } = fstatSync(descriptor);
    const layer: LayerParameter[] = [];
    const head = Buffer.alloc(HEAD);
    for (let at = 0; at < size; ) {
      const read = readSync(descriptor, head, 0, HEAD, at);
      const field = fieldIn(head.subarray(0, read));
      if (!field || at + field.end > size) return undefined;
      if (field.tag === LAYER) {
        const name = nameIn(head.subarray(field.start, Math.min(field.end, read)));
        if (name === undefined) return undefined;
        if (names.has(name))
          layer.push(
            readOne(readBytes(descriptor, at + field.start, field.end - field.start), field.end - field.start),
          );
      }
      at += field.end;
    }
    return layer.length > 0 ? weightsOf({ layer }, file) : undefined;
  } catch {
    return undefined; // whatever is wrong with it, readWeights says it better
  } finally {
    closeSync(descriptor);
  }
}

function readPart(descriptor: number, from: number, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, from));
}

function readOne(bytes: Uint8Array, length: number): LayerParameter {
  if (bytes.length < length) throw new RangeError('the file ends early');
  return readMessage('LayerParameter', bytes, { inPlace: true });
}

function nameIn(layer: Buffer): string | undefined {
  const field = fieldIn(layer);
  return field?.tag === NAME && field.end <= layer.length ? layer.toString('utf8', field.start, field.end) : undefined;
}

/** The length-delimited field at the start of some bytes: its tag, and where its content begins and ends. */
function fieldIn(bytes: Buffer): { tag: number; start: number; end: number } | undefined {
  const tag = varint(bytes, 0);
  const length = tag && varint(bytes, tag.end);
  if (!length || (tag.value & 7) !== 2) return undefined;
  return { tag: tag.value, start: length.end, end: length.end + length.value };
}

/** Undefined for one that is not whole, or longer than a length can be. */
function varint(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 5 && at + i < bytes.length; i++) {
    const byte = bytes[at + i]!;
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { value, end: at + i + 1 };
  }
  return undefined;
}
