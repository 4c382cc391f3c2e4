/** Plots of the encodings of the test records: scatter, distances, ROC, confusion matrix. */
import path from 'node:path';
import { type Evaluation, encodeSource, evaluate } from '../../match/index.js';
import {
  confusionMatrix,
  distanceHistogram,
  pairDistances,
  project,
  rocCurve,
  rocOf,
  scatter,
  umap,
} from '../../report/index.js';
import type { Call } from '../call.js';
import type { FlagValues } from '../flags.js';
import { findCentroids, needCentroids } from '../trained.js';
import { TrainedNet, withProgress } from '../trained-nets.js';
import type { Plot } from './plot.js';

export interface EncodedTest {
  caffemodel: string;
  /** Name of the test records. */
  source: string;
  encodings: Float32Array;
  labels: Float32Array;
  dimension: number;
  /** With the mean of each where centroids are known. */
  classes: { label: number; name: string; mean?: Float32Array }[];
  /** Where centroids are known. */
  evaluation?: Evaluation | undefined;
}

/** All test records of the net that the flags mean, encoded once for all plots. */
export async function encodeTest(call: Call): Promise<EncodedTest> {
  const { terminal } = call;
  const trained = TrainedNet.find(call);
  const test = await trained.data('TEST');
  try {
    using encoder = trained.encoder(test);
    const { dimension } = encoder;
    const { caffemodel } = trained;
    const found = findCentroids(caffemodel)?.centroids;
    // Those of another blob than --blob names have nothing to do with these encodings.
    const centroids = found?.encoding === encoder.tower.encoding ? found : undefined;
    const { encodings, labels, evaluation } = await withProgress(terminal, async (onProgress) => {
      if (!centroids) return { ...(await encodeSource(encoder, test.source, onProgress)), evaluation: undefined };
      const result = await evaluate(encoder, centroids, test.source, { onProgress });
      return { encodings: result.encodings, labels: result.labels, evaluation: result };
    });
    const classes =
      centroids?.classes ?? [...new Set(labels)].sort((a, b) => a - b).map((label) => ({ label, name: String(label) }));
    return { caffemodel, source: test.source.info.name, encodings, labels, dimension, classes, evaluation };
  } finally {
    await test.close();
  }
}

export type EncodedPlot = 'encodings' | 'distances' | 'roc' | 'confusion';

export function plotEncoded(kind: EncodedPlot, encoded: EncodedTest, flags: Pick<FlagValues, 'projection'>): Plot {
  const { caffemodel, source, labels, dimension } = encoded;
  const about = { snapshot: caffemodel, source, points: labels.length, dimension };
  const title = `${path.basename(caffemodel)}: ${labels.length} encodings of ${source}`;
  if (kind === 'encodings') return plotScatter(encoded, flags.projection, title, about);
  if (kind === 'confusion') {
    if (!encoded.evaluation) needCentroids(caffemodel);
    const { confusion, perClass, accuracy } = encoded.evaluation!;
    const heading = `${path.basename(caffemodel)}: ${(100 * accuracy).toFixed(2)} % of ${source}`;
    return {
      picture: confusionMatrix(confusion, { title: heading, classes: perClass }),
      about: { ...about, accuracy },
    };
  }
  const pairs = pairDistances(encoded.encodings, labels, dimension);
  const { auc, eer, threshold } = rocOf(pairs);
  const numbers = { pairs: { same: pairs.same.length, different: pairs.different.length }, auc, eer, threshold };
  const picture = kind === 'roc' ? rocCurve(pairs, { title }) : distanceHistogram(pairs, { title });
  return { picture, about: { ...about, ...numbers } };
}

function plotScatter(encoded: EncodedTest, projection: FlagValues['projection'], title: string, about: object): Plot {
  const { encodings, labels, dimension, classes } = encoded;
  if (projection === 'umap' && dimension > 2) {
    const shown = umap(encodings, labels, dimension);
    const words = shown.labels.length < labels.length ? `, ${shown.labels.length} of them by UMAP` : ', by UMAP';
    const picture = scatter(shown.points, shown.labels, { title: title + words, classes });
    return { picture, about: { ...about, points: shown.labels.length, projection } };
  }
  const { points, share, apply } = project(encodings, dimension);
  const means =
    classes.every(({ mean }) => mean) && apply(Float32Array.from(classes.flatMap(({ mean }) => [...mean!])));
  const words = dimension <= 2 ? '' : `, ${Math.round(share * 100)} % of the variance of ${dimension} dimensions`;
  const picture = scatter(points, labels, { title: title + words, classes, ...(means && { centroids: means }) });
  return { picture, about: { ...about, share } };
}
