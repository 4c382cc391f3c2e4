/** A whole data set as exemplars, one class for each of its labels. */
import { openSource } from '../data/index.js';
import { encodedChunks } from '../match/encode-source.js';
import type { Exemplar } from '../match/gallery.js';
import { digestOfRecord } from '../match/gallery-file.js';
import type { Call } from './call.js';
import { encoderFor } from './encode-images.js';
import type { Enrolment } from './enrolment.js';
import { inputOptions } from './images.js';

export async function encodeDataSet(enrolment: Enrolment, name: string, call: Call): Promise<Map<string, Exemplar[]>> {
  const source = await openSource(name, undefined, inputOptions(enrolment.centroids));
  const classes = new Map<string, Exemplar[]>();
  try {
    const { channels, height, width, classNames } = source.info;
    const one = { count: 1, channels, height, width, labels: new Float32Array(1) };
    using encoder = encoderFor(enrolment, one, call);
    const size = channels * height * width;
    for await (const { from, records, encodings } of encodedChunks(encoder, source, { tta: call.flags.tta })) {
      for (let i = 0; i < records.count; i++) {
        const bytes = records.bytes?.subarray(i * size, (i + 1) * size);
        const floats = records.floats?.subarray(i * size, (i + 1) * size);
        const digest = digestOfRecord({ ...one, ...(bytes && { bytes }), ...(floats && { floats }) });
        const label = records.labels[i]!;
        const key = classNames?.[label] ?? String(label);
        const exemplars = classes.get(key) ?? [];
        const encoding = encodings.slice(i * encoder.dimension, (i + 1) * encoder.dimension);
        exemplars.push({ encoding, digest, image: await source.key(from + i) });
        classes.set(key, exemplars);
      }
    }
    return classes;
  } finally {
    await source.close();
  }
}
