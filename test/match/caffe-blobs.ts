/** Blobs of a whole net as the original Caffe dumped them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

export const golden = (name: string) => path.join(__dirname, '..', 'golden', 'mini', name);

/** Data of a blob by name. The container: 8 bytes of magic, length of a JSON header, the header, raw floats. */
export function caffeBlobs(name: string): (blob: string) => Float32Array {
  const bytes = gunzipSync(readFileSync(golden(name)));
  const start = 12 + bytes.readUInt32LE(8);
  const { blobs } = JSON.parse(bytes.toString('utf8', 12, start)) as {
    blobs: { role: string; kind: string; name: string; offset: number; count: number }[];
  };
  return (wanted) => {
    const found = blobs.find((blob) => blob.role === 'blob' && blob.kind === 'data' && blob.name === wanted);
    if (!found) throw new Error(`${name} has no blob ${wanted}`);
    const from = start + found.offset;
    return new Float32Array(Uint8Array.from(bytes.subarray(from, from + 4 * found.count)).buffer);
  };
}
