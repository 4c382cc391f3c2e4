/** A mean image as Caffe's compute_image_mean writes it: a BlobProto in a .binaryproto file. */
import { readFileSync } from 'node:fs';
import { SiameseError } from '../errors.js';
import type { BlobProto } from '../proto/messages.js';
import { decode, encode } from '../proto/schema.js';
import { shapeText } from './record-collector.js';

export interface MeanImage {
  channels: number;
  height: number;
  width: number;
  values: Float32Array;
}

/** The mean of records of this shape; throws SiameseError when the file holds anything else. */
export function readMeanFile(file: string, shape: readonly [number, number, number]): Float32Array {
  const { channels, height, width, values } = readMeanImage(file);
  const dims = [channels, height, width];
  if (dims.some((dim, i) => dim !== shape[i])) {
    throw bad(file, `is of ${shapeText(dims)}, the records are of ${shapeText(shape)}`);
  }
  return values;
}

/** The image, of whatever size; (1, C, H, W) or (C, H, W): axes of 1 in front do not matter. */
export function readMeanImage(file: string): MeanImage {
  let blob: BlobProto;
  try {
    blob = decode('BlobProto', readFileSync(file));
  } catch (cause) {
    throw new SiameseError('data', `mean_file ${file}: ${(cause as Error).message}`, { cause });
  }
  const dims = blob.shape?.dim ?? [blob.num ?? 1, blob.channels ?? 1, blob.height ?? 1, blob.width ?? 1];
  const [channels = 0, height = 0, width = 0] = dims.slice(-3);
  if (dims.length < 3 || dims.slice(0, -3).some((dim) => dim !== 1))
    throw bad(file, `is of ${shapeText(dims)}, no image`);
  const values = blob.data ?? (blob.double_data ? Float32Array.from(blob.double_data) : new Float32Array(0));
  const count = channels * height * width;
  if (values.length !== count) throw bad(file, `holds ${values.length} values, ${count} are needed`);
  if (!values.every(Number.isFinite)) throw bad(file, 'holds values that are no numbers');
  return { channels, height, width, values: Float32Array.from(values) };
}

/** As compute_image_mean writes it: num, channels, height, width, and the values. */
export function encodeMeanImage({ channels, height, width, values }: MeanImage): Uint8Array {
  return encode('BlobProto', { num: 1, channels, height, width, data: values });
}

function bad(file: string, what: string): SiameseError {
  return new SiameseError('data', `mean_file ${file} ${what}`);
}
