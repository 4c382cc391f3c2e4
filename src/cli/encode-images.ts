/** Encodings of images that a command names. */
import type { RecordSet } from '../engine/native.js';
import type { Centroids } from '../match/centroids.js';
import { Encoder } from '../match/encoder.js';
import type { Exemplar } from '../match/gallery.js';
import { digestOfRecord } from '../match/gallery-file.js';
import { readWeights } from '../proto/files.js';
import type { Call } from './call.js';
import type { Enrolment } from './enrolment.js';
import { readImage, shapeOf } from './images.js';
import { chosenDevice } from './solver-mode.js';

/** An encoder of the tower that the centroids were computed with, for records of one shape. */
export function encoderFor({ caffemodel, centroids }: Enrolment, record: RecordSet, call: Call): Encoder {
  const { deploy, mean, encoding }: Centroids = centroids;
  const { threads } = call.flags;
  const device = chosenDevice(call);
  const options = { recordShape: shapeOf(record), mean, encoding, threads, device, weightsFile: caffemodel };
  return Encoder.fromNet(deploy, readWeights(caffemodel), options);
}

/** The images as exemplars, in order. The first that cannot be read ends it. */
export async function exemplarsOf(enrolment: Enrolment, images: readonly string[], call: Call): Promise<Exemplar[]> {
  const encoders = new Map<string, Encoder>();
  try {
    const exemplars: Exemplar[] = [];
    for (const image of images) {
      const { record, note } = await readImage(image, enrolment.centroids);
      if (note) call.terminal.talk(`note: ${note}`);
      const shape = shapeOf(record).join();
      if (!encoders.has(shape)) encoders.set(shape, encoderFor(enrolment, record, call));
      const encoding = Float32Array.from(await encoders.get(shape)!.encode(record, { tta: call.flags.tta }));
      exemplars.push({ encoding, digest: digestOfRecord(record), image });
    }
    return exemplars;
  } finally {
    for (const encoder of encoders.values()) encoder.dispose();
  }
}
