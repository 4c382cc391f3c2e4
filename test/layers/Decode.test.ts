import { Decode } from '../reference/Decode';
import { expectClose } from './close';
import { testErrors, testWarnings } from './errors';
import { type LayerCase, type LayerRun, openLayer, runLayer } from './harness';
import { randomOf } from './reference-cases';

const LARGEST_FLOAT = Math.fround(3.4028234663852886e38);
const param = (text: string) => `type: "Decode" decode_param { ${text} }`;

/** Batches of encodings and labels, one pass each, through one layer. */
async function passes(
  layerCase: Omit<LayerCase, 'bottoms'>,
  dimension: number,
  batches: [number[], number[]][],
): Promise<LayerRun[]> {
  const [x, labels] = batches[0]!;
  const n = x.length / dimension;
  const bottoms = [
    { shape: [n, dimension], data: x },
    { shape: labels.length === n ? [n] : [n, labels.length / n], data: labels },
  ];
  const layer = openLayer({ ...layerCase, bottoms });
  const runs: LayerRun[] = [];
  try {
    for (const batch of batches) runs.push(await layer.run(batch));
  } finally {
    layer.engine.dispose();
  }
  return runs;
}

describe('Decode', () => {
  it('keeps the exact mean: the first item has weight 1', async () => {
    const items = [
      [1, 0],
      [3, 0],
      [2, 3],
      [6, 1],
    ];
    const runs = await passes(
      { layer: param(''), labelCount: 1 },
      2,
      items.map((item) => [item, [0]]),
    );
    expect(runs.map(({ paramsAfter }) => [...paramsAfter[0]!])).toEqual([
      [1, 0],
      [2, 0],
      [2, 1],
      [3, 1],
    ]);
    expect(runs.map(({ paramsAfter }) => paramsAfter[1]![0])).toEqual([1, 2, 3, 4]);
    expect(runs[3]!.tops[0]!.data[0]).toBe(9);
  });

  it('equals its reference over many batches, with gaps in the labels and new labels late', async () => {
    const random = randomOf('decode');
    const [n, dimension, labels] = [32, 5, 9];
    const batches = Array.from({ length: 20 }, (_, b): [number[], number[]] => [
      Array.from({ length: n * dimension }, () => Math.fround(random() * 4 - 2)),
      // Class 3 never occurs, 7 and 8 only in the second half, every pair's second label is noise.
      Array.from({ length: 2 * n }, (_, i) => {
        const label = Math.floor(random() * (b < 10 ? 7 : 9));
        return i % 2 === 0 && label === 3 ? 4 : label;
      }),
    ]);
    const reference = new Decode(labels);
    const runs = await passes({ layer: param(''), labelCount: labels }, dimension, batches);
    runs.forEach((run, b) => {
      const x = { shape: [n, dimension], data: Float64Array.from(batches[b]![0]) };
      reference.learn(x, batches[b]![1]);
      expectClose(run.tops[0]!.data, reference.distances(x).data, 1e-5, `distances of batch ${b}`);
    });
    for (let label = 0; label < labels; label++) {
      const centroid = reference.centroid(label) ?? new Array(dimension).fill(0);
      expectClose(
        runs.at(-1)!.paramsAfter[0]!.slice(label * dimension, (label + 1) * dimension),
        centroid,
        1e-5,
        `centroid ${label}`,
      );
    }
    expect(runs.at(-1)!.paramsAfter[1]![3]).toBe(0);
    expect(runs.at(-1)!.tops[0]!.data[3]).toBe(LARGEST_FLOAT);
  });

  it('does not care for the order within a batch, to the bit', async () => {
    const random = randomOf('order');
    const items = Array.from({ length: 64 }, () => ({
      x: [random() * 100, random() / 100],
      label: Math.floor(random() * 4),
    }));
    const means = async (order: typeof items) => {
      const batch: [number[], number[]] = [order.flatMap(({ x }) => x), order.map(({ label }) => label)];
      return (await passes({ layer: param(''), labelCount: 4 }, 2, [batch, batch]))[1]!.paramsAfter;
    };
    expect(await means([...items].reverse())).toEqual(await means(items));
  });

  it('learns in TRAIN only, and needs no labels in TEST', async () => {
    const { tops, paramsAfter } = await runLayer({
      layer: param(''),
      bottoms: [{ shape: [2, 1], data: [1, 5] }],
      params: [
        [2, 0, 4],
        [7, 0, 1],
        [1, 0, 1],
      ],
      phase: 'TEST',
      labelCount: 3,
    });
    expect([...tops[0]!.data]).toEqual([1, LARGEST_FLOAT, 9, 9, LARGEST_FLOAT, 1]);
    expect(paramsAfter.map((blob) => [...blob])).toEqual([
      [2, 0, 4],
      [7, 0, 1],
      [1, 0, 1],
    ]);
  });

  it('has no gradient, and its blobs none either', async () => {
    const layer = openLayer({
      layer: param(''),
      bottoms: [
        { shape: [2, 1], data: [1, 5] },
        { shape: [2], data: [0, 0] },
      ],
      labelCount: 1,
    });
    expect(layer.plan.params.map(({ learnable, diff }) => ({ learnable, diff }))).toEqual(
      new Array(3).fill({ learnable: false, diff: -1 }),
    );
    layer.engine.dispose();
  });

  it('leaves ignored labels out, as items and as answers', async () => {
    const runs = await passes({ layer: param('ignore_label: 1'), labelCount: 2 }, 1, [
      [
        [3, 9],
        [0, 1],
      ],
    ]);
    expect([...runs[0]!.tops[0]!.data]).toEqual([0, LARGEST_FLOAT, 36, LARGEST_FLOAT]);
    expect([...runs[0]!.paramsAfter[1]!]).toEqual([1, 0]);
    expect([...runs[0]!.paramsAfter[2]!]).toEqual([0, -1]);
  });

  it('gives its targets in top 1 from an iteration on, class by class', async () => {
    const layerCase = { layer: param('output_centroids: true centroid_output_iteration: 2'), tops: 2, labelCount: 2 };
    const runs = await passes(layerCase, 1, [
      [[4], [0]],
      [[6], [0]],
      [[8], [1]],
    ]);
    expect(runs.map(({ tops }) => [...tops[1]!.data])).toEqual([
      [0, 0],
      [5, 0],
      [5, 8],
    ]);
  });

  it('stops moving with enable_centroid_update: false', async () => {
    const { tops, paramsAfter } = await runLayer({
      layer: param('enable_centroid_update: false'),
      bottoms: [{ shape: [1, 1], data: [1] }],
      params: [[2], [5], [0]],
      tops: 2,
      labelCount: 1,
    });
    expect([...tops[0]!.data, ...tops[1]!.data, ...paramsAfter[0]!]).toEqual([1, 2, 2]);
  });

  it('compares with the k nearest of the remembered encodings', async () => {
    const random = randomOf('knn');
    const batches = Array.from({ length: 6 }, (): [number[], number[]] => [
      Array.from({ length: 16 * 3 }, () => Math.fround(random())),
      Array.from({ length: 16 }, () => Math.floor(random() * 3)),
    ]);
    const reference = new Decode(3, { k: 4, cache: 10 });
    const runs = await passes({ layer: param('target: KNN k: 4 cache_size: 10'), labelCount: 3 }, 3, batches);
    runs.forEach((run, b) => {
      const x = { shape: [16, 3], data: Float64Array.from(batches[b]![0]) };
      reference.learn(x, batches[b]![1]);
      expectClose(run.tops[0]!.data, reference.distances(x).data, 1e-5, `distances of batch ${b}`);
    });
    expect(runs[0]!.paramsAfter[3]!.length).toBe(3 * 10 * 3);
  });

  it('remembers the last encodings of a batch with more than fit', async () => {
    const runs = await passes({ layer: param('target: KNN k: 1 cache_size: 2'), labelCount: 1 }, 1, [
      [
        [1, 2, 3, 4, 5],
        [0, 0, 0, 0, 0],
      ],
    ]);
    expect([...runs[0]!.paramsAfter[3]!].sort()).toEqual([4, 5]);
  });

  it('places PREGEN targets over 2 * pregen_alpha apart', async () => {
    for (const [labels, dimension] of [
      [10, 2],
      [5, 1],
      [3, 64],
    ] as const) {
      const { tops } = await runLayer({
        layer: param(`target: PREGEN pregen_label_count: ${labels}`),
        bottoms: [{ shape: [1, dimension], data: new Float32Array(dimension) }],
        tops: 2,
        phase: 'TEST',
      }).then((run) => ({ tops: run.paramsAfter }));
      const target = (l: number) => [...tops[0]!.slice(l * dimension, (l + 1) * dimension)];
      for (let a = 0; a < labels; a++) {
        for (let b = 0; b < a; b++) {
          expect(target(a).reduce((sum, x, c) => sum + (x - target(b)[c]!) ** 2, 0)).toBeGreaterThan(2.2);
        }
      }
    }
  });

  it('goes on exactly where it was, from blobs and state', async () => {
    const layerCase: LayerCase = {
      layer: param('centroid_output_iteration: 3'),
      bottoms: [
        { shape: [2, 1], data: [1, 5] },
        { shape: [2], data: [0, 1] },
      ],
      tops: 2,
      labelCount: 2,
    };
    const whole = openLayer(layerCase);
    const second = [
      [2, 9],
      [1, 1],
    ];
    await whole.run();
    const half = await whole.run(second);
    const state = whole.engine.readState('tested');
    const last = await whole.run();
    const resumed = openLayer({ ...layerCase, params: half.paramsAfter });
    resumed.engine.writeState('tested', state);
    expect(await resumed.run()).toEqual(last);
    expect([...last.tops[1]!.data].every((x) => x !== 0)).toBe(true);
    whole.engine.dispose();
    resumed.engine.dispose();
  });

  it('refuses a label beyond the classes', async () => {
    const run = passes({ layer: param(''), labelCount: 2 }, 1, [
      [
        [1, 2],
        [0, 2],
      ],
    ]);
    await expect(run).rejects.toMatchObject({ code: 'data', message: /label 2 of item 1 is outside \[0, 2\)/ });
  });

  testErrors('Decode', [
    {
      name: 'images',
      options: '',
      shapes: [[2, 3, 4, 4], [2]],
      labelCount: 2,
      message: /"bottom0" is 2 x 3 x 4 x 4/,
      at: '"bottom0"',
    },
    { name: 'no labels in TRAIN', shapes: [[2, 3]], labelCount: 2, message: /needs the labels/, at: '"bottom0"' },
    { name: 'too few labels', shapes: [[2, 3], [3]], labelCount: 2, message: /2 encodings to label/, at: '"bottom1"' },
    { name: 'an unknown number of classes', shapes: [[2, 3], [2]], message: /number of classes is not known/ },
    {
      name: 'k out of range',
      options: 'decode_param { target: KNN k: 0 }',
      shapes: [[2, 3], [2]],
      labelCount: 2,
      message: /k must be from 1 to 64/,
      at: '0 }',
    },
    {
      name: 'PREGEN without a count',
      options: 'decode_param { target: PREGEN }',
      shapes: [[2, 3]],
      message: /needs pregen_label_count/,
      at: 'PREGEN',
    },
  ]);
  testWarnings('Decode', [
    {
      name: 'an ignored label beyond the classes',
      options: 'decode_param { ignore_label: 7 }',
      shapes: [[2, 3], [2]],
      labelCount: 2,
      message: /label 7 to ignore does not occur/,
      at: '7 }',
    },
  ]);
});
