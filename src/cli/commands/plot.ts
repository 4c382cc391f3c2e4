/** siamese plot: a picture of the encodings of the test set. */
import path from 'node:path';
import { encodeSource } from '../../match/index.js';
import { project, scatter } from '../../report/index.js';
import { type Call, refuseArguments } from '../call.js';
import { pictureFile, writePicture } from '../pictures.js';
import { findCentroids } from '../trained.js';
import { TrainedNet, withProgress } from '../trained-nets.js';

const DEFAULT_OUTPUT = 'encodings.png';

export async function run(call: Call): Promise<number> {
  refuseArguments(call);
  const { terminal } = call;
  const output = pictureFile(call, DEFAULT_OUTPUT);
  const trained = TrainedNet.find(call);
  const test = await trained.data('TEST');
  try {
    using encoder = trained.encoder(test);
    const { encodings, labels } = await withProgress(terminal, (report) => encodeSource(encoder, test.source, report));
    const { dimension } = encoder;
    const { points, share, apply } = project(encodings, dimension);
    const known = findCentroids(trained.caffemodel)?.centroids.classes;
    const classes =
      known ?? [...new Set(labels)].sort((a, b) => a - b).map((label) => ({ label, name: String(label) }));
    const means = known && apply(Float32Array.from(known.flatMap(({ mean }) => [...mean])));
    const { name } = test.source.info;
    const title = `${path.basename(trained.caffemodel)}: ${labels.length} encodings of ${name}${shown(dimension, share)}`;
    const picture = scatter(points, labels, { title, classes, centroids: means });
    writePicture(output, picture, call);
    if (terminal.json) {
      const { caffemodel: snapshot } = trained;
      terminal.outJson('siamese.plot/1', { output, snapshot, source: name, points: labels.length, dimension, share });
    } else terminal.out(output);
  } finally {
    await test.close();
  }
  terminal.next('siamese match IMAGE.png');
  return 0;
}

function shown(dimension: number, share: number): string {
  if (dimension <= 2) return '';
  return `, ${Math.round(share * 100)} % of the variance of ${dimension} dimensions`;
}
