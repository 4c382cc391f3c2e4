/** Who decodes images: this thread, or workers (decode-pool.ts). The bytes are the same. */
import { readFileSync } from 'node:fs';
import { type DecodeOptions, decodeImage } from './decode-image.js';
import type { Image } from './image.js';

/** One image to be decoded: its bytes, or the file that holds it. */
export interface DecodeJob {
  bytes?: Uint8Array;
  file?: string;
  /** For messages. */
  name: string;
  options: DecodeOptions;
}

export interface Decoder {
  /** How many images may be under way together and be of use: more would only hold more memory. */
  readonly atOnce: number;
  /** Rejects as decodeImage does, or with the error of reading the file. Takes over `bytes` where they own their memory. */
  decode(job: DecodeJob): Promise<Image>;
}

export async function decodeJob({ bytes, file, name, options }: DecodeJob): Promise<Image> {
  return decodeImage(bytes ?? readFileSync(file!), name, options);
}
