/** A mean image as Caffe's compute_image_mean writes it: a BlobProto in a .binaryproto file. */
import { readFileSync } from 'node:fs';
import { SiameseError } from '../errors.js';
import type { BlobProto } from '../proto/messages.js';
import { decode } from '../proto/schema.js';
import { shapeText } from './record-collector.js';

/** The mean of records of this shape; throws SiameseError when the file holds anything else. */
export function readMeanFile(file: string, shape: readonly [number, number, number]): Float32Array {
  let blob: BlobProto;
  try {
    blob = decode('BlobProto', readFileSync(file));
  } catch (cause) {
    throw new SiameseError('data', `mean_file ${file}: ${(cause as Error).message}`, { cause });
  }
  const { num = 1, channels = 1, height = 1, width = 1 } = blob;
  const dims = blob.shape?.dim ?? [num, channels, height, width];
  // (1, C, H, W) or (C, H, W): axes of 1 in front do not matter.
  const inner = dims.slice(-3);
  const outer = dims.slice(0, -3);
  if (inner.length !== 3 || inner.some((dim, i) => dim !== shape[i]) || outer.some((dim) => dim !== 1)) {
    throw new SiameseError(
      'data',
      `mean_file ${file} is of ${shapeText(dims)}, the records are of ${shapeText(shape)}`,
    );
  }
  const values = blob.data ?? (blob.double_data ? Float32Array.from(blob.double_data) : new Float32Array(0));
  const count = shape[0] * shape[1] * shape[2];
  if (values.length !== count) {
    throw new SiameseError('data', `mean_file ${file} holds ${values.length} values, ${count} are needed`);
  }
  if (!values.every(Number.isFinite))
    throw new SiameseError('data', `mean_file ${file} holds values that are no numbers`);
  return Float32Array.from(values);
}
