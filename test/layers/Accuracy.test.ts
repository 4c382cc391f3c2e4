import { Accuracy } from '../reference/Accuracy';
import { testErrors, testWarnings } from './errors';
import { testGolden } from './golden-cases';
import { openLayer, runLayer } from './harness';
import { type Random, testAgainstReference } from './reference-cases';

const labelled = (classes: number) => (b: number, random: Random) =>
  b === 0 ? random() : Math.floor(random() * classes);
const common = { forwardOnly: true };

describe('Accuracy', () => {
  testGolden('Accuracy');
  testAgainstReference('Accuracy', [
    { name: 'a batch', ...common, shapes: [[64, 10], [64]], values: labelled(10), reference: Accuracy() },
    {
      name: 'the three best',
      ...common,
      options: 'accuracy_param { top_k: 3 }',
      shapes: [
        [64, 10],
        [64, 1],
      ],
      values: labelled(10),
      reference: Accuracy({ top_k: 3 }),
    },
    {
      name: 'images, an ignored label, per class',
      ...common,
      tops: 2,
      options: 'accuracy_param { ignore_label: 2 }',
      shapes: [
        [3, 4, 5, 2],
        [3, 1, 5, 2],
      ],
      values: labelled(3),
      reference: Accuracy({ ignored: 2, perClass: true }),
    },
    {
      name: 'the last axis',
      ...common,
      options: 'accuracy_param { axis: -1 }',
      shapes: [
        [3, 4, 5],
        [3, 4],
      ],
      values: labelled(5),
      reference: Accuracy({ axis: 2 }),
    },
    {
      name: 'nothing but ignored labels',
      ...common,
      options: 'accuracy_param { ignore_label: 1 }',
      shapes: [[3, 2], [3]],
      values: () => 1,
      reference: Accuracy({ ignored: 1 }),
    },
  ]);

  it('counts a score that is no number as wrong', async () => {
    const bottoms = [
      { shape: [2, 2], data: [Number.NaN, 0, 1, 0] },
      { shape: [2], data: [0, 0] },
    ];
    expect((await runLayer({ layer: 'type: "Accuracy"', bottoms })).tops[0]!.data[0]).toBe(0.5);
  });

  it('refuses a label out of range', async () => {
    const bottoms = [
      { shape: [2, 2], data: [1, 0, 1, 0] },
      { shape: [2], data: [0, 2] },
    ];
    const layer = openLayer({ layer: 'type: "Accuracy"', bottoms });
    await expect(layer.run()).rejects.toMatchObject({ code: 'data', message: /label 2 of item 1 is outside \[0, 2\)/ });
    layer.engine.dispose();
  });

  testErrors('Accuracy', [
    {
      name: 'more best than classes',
      options: 'accuracy_param { top_k: 4 }',
      shapes: [[2, 3], [2]],
      message: /top_k must be from 1 to 3/,
      at: '4 }',
    },
    {
      name: 'labels that do not fit',
      shapes: [[2, 3], [3]],
      message: /has 3 labels.*has 2 predictions/,
      at: '"bottom1"',
    },
  ]);
  testWarnings('Accuracy', [
    {
      name: 'ignore_labels',
      options: 'accuracy_param { ignore_labels: 1 ignore_labels: 2 }',
      shapes: [[4, 3], [4]],
      message: /ignore_labels has no effect/,
      at: 'ignore_labels',
    },
  ]);
});
