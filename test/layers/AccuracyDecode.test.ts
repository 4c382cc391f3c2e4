import { testErrors } from './errors';
import { runLayer } from './harness';

const LARGEST_FLOAT = Math.fround(3.4028234663852886e38);

/** Four items, three classes. Nearest: 0, 1 (of equal ones the first), 2, none. */
const distances = [0, 1, 2, 5, 3, 3, 9, 8, 7, LARGEST_FLOAT, LARGEST_FLOAT, LARGEST_FLOAT];

async function accuracy(labels: number[], options = ''): Promise<number> {
  const bottoms = [
    { shape: [4, 3], data: distances },
    { shape: labels.length === 4 ? [4] : [4, labels.length / 4], data: labels },
  ];
  return (await runLayer({ layer: `type: "AccuracyDecode" ${options}`, bottoms })).tops[0]!.data[0]!;
}

describe('AccuracyDecode', () => {
  it.each([
    ['all right but the one without answer', [0, 1, 2, 0], '', 0.75],
    ['the first of equal distances wins', [0, 2, 2, 0], '', 0.5],
    ['only the first label of an item counts', [0, 9, 1, 9, 0, 9, 1, 9], '', 0.5],
    ['an ignored label', [0, 1, 1, 0], 'accuracy_param { ignore_label: 1 }', 0.5],
    ['several ignored labels', [0, 1, 2, 2], 'accuracy_param { ignore_labels: 1 ignore_labels: 2 }', 1],
    ['nothing but ignored labels', [1, 1, 1, 1], 'accuracy_param { ignore_label: 1 }', 0],
  ])('%s', async (_, labels, options, expected) => {
    expect(await accuracy(labels, options)).toBe(expected);
  });
  testErrors('AccuracyDecode', [
    {
      name: 'distances of no classes',
      shapes: [[4], [4]],
      message: /"bottom0" is 4, but distances must be/,
      at: '"bottom0"',
    },
    {
      name: 'too few labels',
      shapes: [[4, 3], [3]],
      message: /"bottom1" \(3\) must have the batch size/,
      at: '"bottom1"',
    },
    {
      name: 'the two best',
      options: 'accuracy_param { top_k: 2 }',
      shapes: [[4, 3], [4]],
      message: /top_k must be 1 here/,
      at: '2 }',
    },
  ]);
});
