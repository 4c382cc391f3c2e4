import { ArcFaceLoss as reference } from '../reference/ArcFaceLoss';
import { labelled, testBatchErrors } from './batch-cases';
import { testErrors } from './errors';
import { runLayer } from './harness';
import { testAgainstReference, testThreads } from './reference-cases';

const TYPE = 'ArcFaceLoss';
const options = (text: string) => `arc_face_loss_param { num_output: 5 ${text} }`;
const common = {
  isLoss: true,
  gradients: [true, false],
  values: labelled(5),
  shapes: [[17, 4], [17]],
  params: [[5, 4]],
};

describe(TYPE, () => {
  testAgainstReference(TYPE, [
    { name: 'a batch', ...common, options: options(''), reference: reference() },
    { name: 'no margin', ...common, options: options('scale: 8 margin: 0'), reference: reference(8, 0) },
    // Half of the angles are beyond pi minus such a margin.
    { name: 'a wide margin', ...common, options: options('scale: 4 margin: 1.5'), reference: reference(4, 1.5) },
    {
      name: '4-d encodings',
      ...common,
      shapes: [[6, 3, 1, 1], [6]],
      params: [[5, 3]],
      options: options('scale: 10'),
      reference: reference(10),
    },
  ]);
  testThreads(TYPE, { name: 'large', ...common, options: options(''), shapes: [[300, 70], [300]], params: [[5, 70]] });
  it('refuses a label that has no class', async () => {
    const bottoms = [
      { shape: [2, 2], data: [1, 2, 3, 4] },
      { shape: [2], data: [0, 5] },
    ];
    await expect(runLayer({ layer: `type: "${TYPE}" ${options('')}`, bottoms })).rejects.toMatchObject({
      code: 'data',
      message: /label 5 of item 1 is outside \[0, 5\)/,
    });
  });
  testBatchErrors(TYPE, options(''));
  testErrors(TYPE, [
    { name: 'no classes', shapes: [[4, 2], [4]], message: /number of classes, must be at least 1/ },
    {
      name: 'a margin of a right angle',
      options: options('margin: 1.6'),
      shapes: [[4, 2], [4]],
      message: /margin must be from 0 to pi \/ 2/,
      at: '1.6',
    },
    {
      name: 'an unknown filler',
      options: options('weight_filler { type: "xaver" }'),
      shapes: [[4, 2], [4]],
      message: /unknown filler "xaver"/,
      at: '"xaver"',
    },
  ]);
});
