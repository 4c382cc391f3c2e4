/** Properties of the pair sampler and of its parts, each over many seeds; chi-square bounds with their probability. */
import { Cropper } from '../../src/data/cropper';
import { LabelIndex } from '../../src/data/label-index';
import { Random } from '../../src/data/random';
import { Sampler, type SamplerOptions } from '../../src/data/sampler';

const SEEDS = [1, 2, 3, 1701, 2 ** 31 - 1];

/**
 * Pearson's statistic against equal shares must stay under the value that fair draws exceed once in 10,000 times
 * (normal approximation of Wilson and Hilferty, z = 3.72). The seeds are fixed, so a pass is a pass for ever.
 */
function expectUniform(counts: number[]): void {
  const expected = counts.reduce((sum, n) => sum + n, 0) / counts.length;
  const statistic = counts.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  const freedom = counts.length - 1;
  const limit = freedom * (1 - 2 / (9 * freedom) + 3.72 * Math.sqrt(2 / (9 * freedom))) ** 3;
  expect(statistic).toBeLessThan(limit);
}

function sampler(labels: number[], change: Partial<SamplerOptions> = {}): Sampler {
  return new Sampler({
    records: labels.length,
    imagesPerItem: 2,
    balanced: true,
    random: true,
    skip: 0,
    seed: 1,
    index: new LabelIndex(Float32Array.from(labels)),
    ...change,
  });
}

function draw(from: Sampler, items: number, images = 2): number[][] {
  const out = new Int32Array(items * images);
  from.fill(out);
  return Array.from({ length: items }, (_, i) => [...out.subarray(i * images, (i + 1) * images)]);
}

/** Label i % classes, in an order that is not sorted. */
const labelsOf = (records: number, classes: number) => Array.from({ length: records }, (_, i) => (i * 7) % classes);

describe('the generator', () => {
  test('xoshiro128**: the first outputs from state 1, 2, 3, 4 as its authors give them', () => {
    const random = new Random([1, 2, 3, 4]);
    expect([random.next(), random.next(), random.next(), random.next()]).toEqual([11520, 0, 5927040, 70819200]);
  });

  test.each(SEEDS)('seed %i: below() is uniform, also where it does not divide the range', (seed) => {
    for (const n of [2, 10, 97, 1000]) {
      const random = Random.seeded(seed, 1);
      const counts = new Array<number>(n).fill(0);
      for (let i = 0; i < 100 * n; i++) counts[random.below(n)]!++;
      expectUniform(counts);
    }
    const random = Random.seeded(seed, 2);
    const [third, rest] = [2 ** 30, 2 ** 30 / 2]; // of 3 * 2^29 numbers: a draw without rejection favours the first
    const lower = Array.from({ length: 3000 }, () => random.below(third + rest)).filter((x) => x < third).length;
    expectUniform([lower / 2, 3000 - lower]);
  });

  test('streams, parts and seeds differ; the same ones do not', () => {
    const first = (seed: number, stream: number, part = 0) => Random.seeded(seed, stream, part).next();
    const all = [0, 1, 2, -1].flatMap((seed) =>
      [0, 1, 2].flatMap((stream) => [0, 1, 2].map((part) => first(seed, stream, part))),
    );
    expect(new Set(all).size).toBe(all.length);
    expect(first(5, 6, 7)).toBe(first(5, 6, 7));
  });

  test('a state goes through JSON', () => {
    const a = Random.seeded(9, 9);
    a.next();
    const b = new Random(JSON.parse(JSON.stringify(a.state())));
    expect(Array.from({ length: 50 }, () => a.next())).toEqual(Array.from({ length: 50 }, () => b.next()));
  });
});

describe('balanced pairs', () => {
  const labels = labelsOf(70, 10);

  test.each(SEEDS)('seed %i: same and different by turns, over odd batches too', (seed) => {
    const pairs = sampler(labels, { seed });
    const drawn = [3, 5, 1, 7, 84].flatMap((items) => draw(pairs, items));
    expect(drawn.map(([a, b]) => labels[a!] === labels[b!])).toEqual(drawn.map((_, i) => i % 2 === 0));
  });

  test.each(SEEDS)('seed %i: never an image with itself', (seed) => {
    for (const change of [{}, { random: false }, { balanced: false }]) {
      for (const [a, b] of draw(sampler(labels, { seed, ...change }), 1000)) expect(a).not.toBe(b);
    }
  });

  test.each(SEEDS)('seed %i: each record is primary once an epoch, in another order each time', (seed) => {
    const pairs = sampler(labels, { seed });
    const epochs = [0, 1, 2].map(() => draw(pairs, 70).map(([a]) => a!));
    for (const epoch of epochs) expect([...epoch].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
    expect(epochs[0]).not.toEqual(epochs[1]);
    expect(epochs[1]).not.toEqual(epochs[2]);
  });

  test('partners are uniform among the others of the label, and among all of other labels', () => {
    const unequal = [
      ...new Array(5).fill(0),
      ...new Array(20).fill(1),
      ...new Array(2).fill(2),
      ...new Array(13).fill(3),
    ];
    const index = new LabelIndex(Float32Array.from(unequal));
    const random = Random.seeded(4, 4);
    for (const record of [0, 3, 10, 24, 26, 39]) {
      const counts = { same: new Map<number, number>(), different: new Map<number, number>() };
      for (const kind of ['same', 'different'] as const) {
        for (let i = 0; i < 4000; i++) {
          const partner = index[kind](record, random);
          counts[kind].set(partner, (counts[kind].get(partner) ?? 0) + 1);
        }
      }
      const fits = (same: boolean) =>
        unequal.map((_, i) => i).filter((i) => i !== record && (unequal[i] === unequal[record]) === same);
      expect([...counts.same.keys()].sort((a, b) => a - b)).toEqual(fits(true));
      expect([...counts.different.keys()].sort((a, b) => a - b)).toEqual(fits(false));
      if (counts.same.size > 1) expectUniform([...counts.same.values()]);
      expectUniform([...counts.different.values()]);
    }
  });

  test('in key order the primaries are sequential and wrap in the middle', () => {
    const drawn = draw(sampler(labels, { random: false }), 150);
    expect(drawn.map(([a]) => a)).toEqual(Array.from({ length: 150 }, (_, i) => i % 70));
  });

  test('one class: all pairs are of it, and of two images', () => {
    for (const [a, b] of draw(sampler([5, 5, 5]), 100)) expect(a).not.toBe(b);
  });

  test('a class of one image: with itself when same is due, exact when different is due', () => {
    const few = [0, 1, 2];
    for (const [i, [a, b]] of draw(sampler(few), 100).entries()) {
      if (i % 2 === 0) expect(a).toBe(b);
      else expect(a).not.toBe(b);
    }
  });

  test('one record: itself', () => {
    for (const change of [{}, { balanced: false }, { random: false }, { balanced: false, random: false }]) {
      expect(draw(sampler([3], change), 3)).toEqual([
        [0, 0],
        [0, 0],
        [0, 0],
      ]);
    }
  });

  test('three images an item: anchor, one of its class, one of another', () => {
    for (const [a, b, c] of draw(sampler(labels, { imagesPerItem: 3 }), 200, 3)) {
      expect(labels[b!]).toBe(labels[a!]);
      expect(b).not.toBe(a);
      expect(labels[c!]).not.toBe(labels[a!]);
    }
  });
});

describe('unbalanced', () => {
  test('in key order pair i is of records 2i and 2i + 1, also over the end', () => {
    const drawn = draw(sampler(labelsOf(7, 3), { balanced: false, random: false }), 7);
    expect(drawn).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 0],
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
  });

  test('at random the partner is uniform among all others', () => {
    const pairs = sampler(labelsOf(12, 3), { balanced: false });
    const counts = new Map<string, number>();
    for (const [a, b] of draw(pairs, 12 * 11 * 50)) counts.set(`${a}-${b}`, (counts.get(`${a}-${b}`) ?? 0) + 1);
    expect(counts.size).toBe(12 * 11);
    expectUniform([...counts.values()]);
  });

  test('single records: key order after a skip', () => {
    const single = sampler(labelsOf(5, 2), { imagesPerItem: 1, balanced: false, random: false, skip: 13 });
    expect(draw(single, 8, 1).flat()).toEqual([3, 4, 0, 1, 2, 3, 4, 0]);
  });

  test('single records at random: each once an epoch', () => {
    const single = sampler(labelsOf(9, 2), { imagesPerItem: 1, balanced: false });
    for (let epoch = 0; epoch < 3; epoch++)
      expect(draw(single, 9, 1).flat().sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });
});

test.each([{}, { random: false }, { balanced: false }, { balanced: false, random: false }, { imagesPerItem: 3 }])(
  'with %j a sampler goes on exactly from its state, whatever its own seed',
  (change) => {
    const labels = labelsOf(23, 4);
    const images = change.imagesPerItem ?? 2;
    for (const before of [0, 1, 5, 22, 23, 24, 100]) {
      const a = sampler(labels, { seed: 7, ...change });
      draw(a, before, images);
      const state = JSON.parse(JSON.stringify(a.state()));
      const b = sampler(labels, { seed: 99, ...change });
      b.restore(state);
      expect(draw(b, 60, images)).toEqual(draw(a, 60, images));
    }
  },
);

describe('crops', () => {
  const cropper = (change: object) =>
    new Cropper({ height: 10, width: 8, cropSize: 5, mirror: false, randomCrop: true, ...change }, Random.seeded(3, 3));
  const triples = (crops: Int32Array) =>
    Array.from({ length: crops.length / 3 }, (_, i) => [...crops.subarray(3 * i, 3 * i + 3)]);

  test('TRAIN: every place that fits, uniformly, and half of them mirrored', () => {
    const drawn = triples(cropper({ mirror: true }).draw(6 * 4 * 2 * 100)!);
    const counts = new Map<string, number>();
    for (const triple of drawn) counts.set(String(triple), (counts.get(String(triple)) ?? 0) + 1);
    expect(counts.size).toBe(6 * 4 * 2);
    expectUniform([...counts.values()]);
    for (const [top, left] of drawn) expect([top! <= 5, left! <= 3]).toEqual([true, true]);
  });

  test('TEST: the middle, which the engine does by itself', () => {
    expect(cropper({ randomCrop: false }).draw(4)).toBeUndefined();
    expect(cropper({ cropSize: 0 }).draw(4)).toBeUndefined();
  });

  test("mirror in TEST is Caffe's too, about the middle", () => {
    const drawn = triples(cropper({ randomCrop: false, mirror: true, cropSize: 5 }).draw(200)!);
    for (const [top, left] of drawn) expect([top, left]).toEqual([2, 1]);
    expect(new Set(drawn.map(([, , mirror]) => mirror))).toEqual(new Set([0, 1]));
  });

  test('go on from a state', () => {
    const [a, b] = [cropper({ mirror: true }), cropper({ mirror: true })];
    a.draw(11);
    b.restore(JSON.parse(JSON.stringify(a.state())));
    expect(b.draw(20)).toEqual(a.draw(20));
  });
});

describe('class-balanced draws', () => {
  const labels = [...labelsOf(60, 3), ...new Array<number>(200).fill(7), 9]; // one label of 200 records, one of one
  const groups = { classes: 4, imagesPerClass: 5 };
  const single = { imagesPerItem: 1, balanced: false, groups };

  test.each(SEEDS)('seed %i: each batch is of so many classes, with so many different images of each', (seed) => {
    const from = sampler(labels, { ...single, seed });
    for (let batch = 0; batch < 30; batch++) {
      const records = draw(from, 20, 1).flat();
      const byClass = new Map<number, number[]>();
      for (const record of records) byClass.set(labels[record]!, [...(byClass.get(labels[record]!) ?? []), record]);
      expect(byClass.size).toBe(4);
      for (const [label, some] of byClass) {
        expect(some).toHaveLength(5);
        expect(new Set(some).size).toBe(label === 9 ? 1 : 5);
      }
    }
  });
  test.each(SEEDS)('seed %i: every class comes equally often, however many records it has', (seed) => {
    const from = sampler(labels, { ...single, groups: { classes: 1, imagesPerClass: 1 }, seed });
    const counts = new Map<number, number>();
    for (const [record] of draw(from, 5 * 40, 1)) {
      const label = labels[record!]!;
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual([40, 40, 40, 40, 40]);
  });
  test('goes on after a restore as if never stopped', () => {
    const from = sampler(labels, single);
    draw(from, 40, 1);
    const state = JSON.parse(JSON.stringify(from.state()));
    const next = draw(from, 40, 1);
    const resumed = sampler(labels, { ...single, seed: 99 });
    resumed.restore(state);
    expect(draw(resumed, 40, 1)).toEqual(next);
  });
  describe('of groups', () => {
    // 23 classes of 6 records: groups of 9, 8, 4 and 2 classes.
    const many = labelsOf(23 * 6, 23);
    const groups = [9, 8, 4, 2].map((size, g, sizes) => {
      const from = sizes.slice(0, g).reduce((sum, n) => sum + n, 0);
      return Array.from({ length: size }, (_, i) => from + i);
    });
    const groupOf = (label: number) => groups.findIndex((group) => group.includes(label));
    const grouped = (change: object = {}) =>
      sampler(many, {
        ...single,
        groups: { classes: 8, imagesPerClass: 3, of: { groups, together: 4 } },
        ...change,
      });

    test.each(SEEDS)('seed %i: each batch is of whole pieces, no class twice', (seed) => {
      const from = grouped({ seed });
      for (let batch = 0; batch < 40; batch++) {
        const classes = [0, 1, 2, 3, 4, 5, 6, 7].map(() => {
          const labels = draw(from, 3, 1).map(([record]) => many[record!]!);
          expect(new Set(labels).size).toBe(1);
          return labels[0]!;
        });
        expect(new Set(classes).size).toBe(8);
        for (const piece of [classes.slice(0, 4), classes.slice(4)]) expect(new Set(piece.map(groupOf)).size).toBe(1);
      }
    });
    test('in a round no class comes twice, and those of one group come equally often in the long run', () => {
      const from = grouped();
      const counts = new Array<number>(23).fill(0);
      // A round is of 5 pieces (2, 2 and 1 of the groups), which make 2 batches.
      const rounds = 600;
      for (let round = 0; round < rounds; round++) {
        const labels = draw(from, 2 * 8 * 3, 1).map(([record]) => many[record!]!);
        expect(new Set(labels).size).toBe(16);
        for (const label of new Set(labels)) counts[label]!++;
      }
      expect(counts.slice(21)).toEqual([0, 0]); // too few classes for a piece
      const share = 4 / 5; // of the pieces, those that are given out
      for (const [label, count] of counts.slice(0, 21).entries()) {
        const chance = label < 9 ? (share * 8) / 9 : share;
        const deviation = Math.sqrt(rounds * chance * (1 - chance));
        expect(Math.abs(count - rounds * chance)).toBeLessThan(4.5 * deviation);
      }
    });
    test.each([0, 1, 2, 3, 10])('goes on after %i batches as if never stopped', (before) => {
      const from = grouped();
      draw(from, 24 * before, 1);
      const state = JSON.parse(JSON.stringify(from.state()));
      const resumed = grouped({ seed: 99 });
      resumed.restore(state);
      expect(draw(resumed, 96, 1)).toEqual(draw(from, 96, 1));
    });
  });
  test.each([0, 0.25, 0.7, 1])('a positive_ratio of %d is met at every point, and over restores', (positiveRatio) => {
    const from = sampler(labelsOf(60, 3), { positiveRatio });
    let same = 0;
    for (let pair = 1; pair <= 200; pair++) {
      if (pair % 17 === 0) from.restore(JSON.parse(JSON.stringify(from.state())));
      const [[a, b]] = draw(from, 1) as [[number, number]];
      if (labelsOf(60, 3)[a] === labelsOf(60, 3)[b]) same++;
      expect(Math.abs(same - pair * positiveRatio)).toBeLessThan(1 + 1e-9);
    }
  });
});
