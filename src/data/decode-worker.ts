/** The worker of decode-pool.ts: decodes the images of a group together, and answers with their pixels in one piece. */
import { parentPort } from 'node:worker_threads';
import { SiameseError } from '../errors.js';
import type { DecodeFailure, GroupAnswer, GroupRequest } from './decode-pool.js';
import { decodeJob } from './decoder.js';
import type { Image } from './image.js';

parentPort!.on('message', async ({ id, jobs }: GroupRequest) => {
  const images = await Promise.all(jobs.map((job) => decodeJob(job).catch(failure)));
  const bytes = new Uint8Array(images.reduce((sum, image) => sum + ('bytes' in image ? image.bytes.length : 0), 0));
  let at = 0;
  const results = images.map((image) => {
    if (!('bytes' in image)) return image;
    bytes.set(image.bytes, at);
    at += image.bytes.length;
    const { channels, height, width } = image satisfies Image;
    return { channels, height, width };
  });
  parentPort!.postMessage({ id, bytes, results } satisfies GroupAnswer, [bytes.buffer]);
});

function failure(error: Error & { code?: string; help?: string | undefined }): DecodeFailure {
  if (error instanceof SiameseError) return { message: error.message, help: error.help, code: error.code };
  return { message: error.message, errno: error.code };
}
