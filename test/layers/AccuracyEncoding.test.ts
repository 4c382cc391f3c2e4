import { accuracyEncoding } from '../reference/AccuracyEncoding';
import { testErrors } from './errors';
import { openLayer, runLayer } from './harness';
import { randomOf } from './reference-cases';

async function accuracy(x: number[], labels: number[], options = ''): Promise<number> {
  const n = labels.length;
  const bottoms = [
    { shape: [n, x.length / n], data: x },
    { shape: [n], data: labels },
  ];
  return (await runLayer({ layer: `type: "AccuracyEncoding" ${options}`, bottoms })).tops[0]!.data[0]!;
}

describe('AccuracyEncoding', () => {
  it('is 1 for separate classes, pass after pass (two labels an item, of which the first counts)', async () => {
    const random = randomOf('separate');
    const labels = Array.from({ length: 126 }, () => Math.floor(random() * 3));
    const x = labels.flatMap((label) => [0, 1, 2].map((c) => (c === label ? 0.8 : 0) + random() / 5));
    const layer = openLayer({
      layer: 'type: "AccuracyEncoding"',
      bottoms: [
        { shape: [126, 3], data: x },
        { shape: [126, 2], data: labels.flatMap((label) => [label, 0]) },
      ],
    });
    for (let pass = 0; pass < 3; pass++) expect((await layer.run()).tops[0]!.data[0]).toBe(1);
    layer.engine.dispose();
  });

  it.each([2, 7, 40])('equals its reference, %d classes', async (classes) => {
    const random = randomOf(`classes ${classes}`);
    const labels = Array.from({ length: 50 }, () => Math.floor(random() * classes) + 3);
    const x = labels.flatMap((label) => [label + 4 * random(), random()].map(Math.fround));
    const expected = accuracyEncoding({ shape: [50, 2], data: Float64Array.from(x) }, labels, [5]);
    expect(expected).toBeGreaterThan(0);
    expect(expected).toBeLessThan(1);
    expect(await accuracy(x, labels, 'accuracy_param { ignore_label: 5 }')).toBeCloseTo(expected, 6);
  });

  it('does not let an item vote for itself', async () => {
    // With its own vote, 0 would be 5 from its centroid and 6 from the other; without, 10.
    expect(await accuracy([0, 10, -6, -6], [0, 0, 1, 1])).toBe(0.75);
  });

  it('counts no item that is alone in its class', async () => {
    expect(await accuracy([0, 1, 9], [0, 0, 1])).toBe(1);
    expect(await accuracy([0, 1], [0, 1])).toBe(0);
  });

  testErrors('AccuracyEncoding', [
    { name: 'images', shapes: [[4, 2, 3, 3], [4]], message: /"bottom0" is 4 x 2 x 3 x 3/, at: '"bottom0"' },
    { name: 'too few labels', shapes: [[4, 2], [3]], message: /must have the batch size/, at: '"bottom1"' },
    {
      name: 'another axis',
      options: 'accuracy_param { axis: 0 }',
      shapes: [[4, 2], [4]],
      message: /axis must be 1/,
      at: '0 }',
    },
  ]);
});
