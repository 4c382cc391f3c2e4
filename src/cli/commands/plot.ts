/** siamese plot: pictures of a trained net, its encodings and its training. */
import { type Call, usageError } from '../call.js';
import { pictureFile, writePicture } from '../pictures.js';

/** What can be plotted, and the file it goes to by default. */
const KINDS = {
  encodings: 'encodings.png',
  distances: 'distances.svg',
  roc: 'roc.svg',
  confusion: 'confusion.svg',
  weights: 'weights.png',
  curves: 'curves.svg',
} as const;

export type PlotKind = keyof typeof KINDS;

export async function run(call: Call): Promise<number> {
  const { args, terminal } = call;
  const kind = (args[0] ?? 'encodings') as PlotKind;
  const rest = args.slice(1);
  if (!(kind in KINDS)) {
    const { nearest } = require('../../errors.js') as typeof import('../../errors.js');
    const near = nearest(kind, Object.keys(KINDS));
    throw usageError(`there is no plot "${kind}"`, near ? `did you mean "${near}"?` : Object.keys(KINDS).join(', '));
  }
  if (kind !== 'curves' && rest.length > 0)
    throw usageError(`plot ${kind} takes no further argument, not "${rest[0]}"`);
  const output = pictureFile(call, KINDS[kind]);
  const { picture, about } = await draw(kind, rest, call);
  writePicture(output, picture, call);
  if (terminal.json) terminal.outJson('siamese.plot/1', { plot: kind, output, ...about });
  else terminal.out(output);
  if (kind === 'encodings') terminal.next('siamese match IMAGE.png');
  return 0;
}

/** Each kind loads only what it needs. */
async function draw(kind: PlotKind, rest: readonly string[], call: Call) {
  if (kind === 'curves') {
    const { plotCurves } = require('../plots/curves.js') as typeof import('../plots/curves.js');
    return plotCurves(rest);
  }
  if (kind === 'weights') {
    const { plotWeights } = require('../plots/weights.js') as typeof import('../plots/weights.js');
    return plotWeights(call);
  }
  const plots = require('../plots/encodings.js') as typeof import('../plots/encodings.js');
  const encoded = await plots.encodeTest(call);
  return plots.plotEncoded(kind, encoded, call.flags);
}
