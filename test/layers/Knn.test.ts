import { testErrors } from './errors';
import { type LayerCase, openLayer } from './harness';
import { randomOf } from './reference-cases';

const layer = (options: string): Omit<LayerCase, 'bottoms'> => ({ layer: `type: "Knn" knn_param { ${options} }` });

/** y as the definition has it, in float64. */
function answer(x: number[][], remembered: { at: number[]; label: number }[], classes: number, k: number): number[][] {
  return x.map((item) => {
    const means = Array.from({ length: classes }, (_, c) => {
      const all = remembered.filter(({ label }) => label === c);
      const near = all
        .map(({ at }) => at.reduce((sum, v, i) => sum + (v - item[i]!) ** 2, 0))
        .sort((a, b) => a - b)
        .slice(0, k);
      return near.length === 0 ? undefined : near.reduce((a, b) => a + b, 0) / near.length;
    });
    const known = means.filter((mean) => mean !== undefined);
    const [least, most] = [Math.min(...known), Math.max(...known)];
    return means.map((mean) => (mean === undefined ? 0 : 1 - (mean - least) / (most > least ? most - least : 1)));
  });
}

describe('Knn', () => {
  it.each([
    ['fewer passes than there is room for', 5, 2, 3],
    ['the oldest pass forgotten, again and again', 2, 3, 7],
    ['one nearest, one pass', 1, 1, 3],
    ['k beyond what there is', 3, 100, 4],
  ])('%s', async (name, batches, k, passes) => {
    const random = randomOf(name);
    const open = openLayer({
      ...layer(`num_output: 4 k: ${k} max_stored_batches: ${batches}`),
      bottoms: [
        { shape: [5, 3, 1, 1], data: new Float32Array(15) },
        { shape: [5, 1], data: new Float32Array(5) },
      ],
    });
    const stored: { at: number[]; label: number }[][] = [];
    for (let pass = 0; pass < passes; pass++) {
      const x = Array.from({ length: 5 }, () => Array.from({ length: 3 }, () => Math.fround(random() * 4)));
      // Class 3 never comes.
      const labels = x.map(() => Math.floor(random() * 3));
      const run = await open.run([x.flat(), labels]);
      const wanted = answer(x, stored.flat(), 4, k).flat();
      run.tops[0]!.data.forEach((y, i) => {
        expect(y).toBeCloseTo(wanted[i]!, 4);
      });
      stored.push(x.map((at, n) => ({ at, label: labels[n]! })));
      if (stored.length > batches) stored.shift();
    }
    open.engine.dispose();
  });

  it("finds the classes of MyCaffe's test: what was learnt in TRAIN, asked in TEST", async () => {
    const batches = [
      [
        [2, 7, 4, 24, 21, 21, 28, 17],
        [0, 3, 2, 1],
      ],
      [
        [6, 27, 21, 26, 5, 9, 25, 9],
        [3, 2, 0, 1],
      ],
      [
        [22, 10, 7, 14, 11, 30, 26, 24],
        [1, 0, 3, 2],
      ],
    ] as const;
    const options = layer('num_output: 4 k: 10 max_stored_batches: 5');
    const bottoms = [
      { shape: [4, 2, 1, 1], data: new Float32Array(8) },
      { shape: [4, 1, 1, 1], data: new Float32Array(4) },
    ];
    const train = openLayer({ ...options, bottoms });
    for (const [x, labels] of batches) await train.run([x, labels]);
    const test = openLayer({ ...options, bottoms: bottoms.slice(0, 1), phase: 'TEST' });
    [0, 1, 2].forEach((p) => {
      test.engine.writeParam(p, train.engine.readParam(p));
    });
    const y = (await test.run([batches[2]![0]])).tops[0]!.data;
    const found = [0, 1, 2, 3].map((n) => y.slice(4 * n, 4 * n + 4).indexOf(1));
    expect(found).toEqual([1, 0, 3, 2]);
    train.engine.dispose();
    test.engine.dispose();
  });

  it('refuses a label that is no class', async () => {
    const open = openLayer({
      ...layer('num_output: 2'),
      bottoms: [
        { shape: [1, 2], data: [0, 0] },
        { shape: [1], data: [2] },
      ],
    });
    await expect(open.run()).rejects.toThrow(/label/);
    open.engine.dispose();
  });

  testErrors('Knn', [
    { name: 'no labels in TRAIN', shapes: [[2, 3]], message: /needs the labels as its second bottom/ },
    {
      name: 'labels of another batch',
      shapes: [[2, 3], [3]],
      message: /"bottom1" is 3, but there are 2 encodings/,
      at: '"bottom1"',
    },
    {
      name: 'k of 0',
      options: 'knn_param { k: 0 }',
      shapes: [[2, 3], [2]],
      message: /k must be at least 1, not 0/,
      at: '0 }',
    },
  ]);
});
