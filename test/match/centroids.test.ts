/** Statistics of hand-made encodings, matches, metrics, and the file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { native } from '../../src/engine/native';
import { SiameseError } from '../../src/errors';
import {
  type Centroids,
  centroidFileOf,
  centroidsOf,
  checkBelongs,
  digestOf,
  Matcher,
  measure,
  readCentroids,
  writeCentroids,
} from '../../src/match/index';
import { quantile, thresholds, widened } from '../../src/match/thresholds';

/** Labels with a gap, out of order; class 5 has one record. */
const labels = Float32Array.of(3, 0, 3, 5, 0, 3);
const encodings = Float32Array.of(10, 1, 0, 0, 12, 1, -7, 2, 2, 0, 14, 1);

describe('centroids of labelled encodings', () => {
  const { classes, records } = centroidsOf({ encodings, labels }, 2, { quantile: 1, classNames: ['zero'] });

  test('are exact means per label, whatever the order and the gaps', () => {
    expect(records).toBe(6);
    expect(classes.map(({ label, name, count, mean }) => [label, name, count, ...mean])).toEqual([
      [0, 'zero', 2, 1, 0],
      [3, '3', 3, 12, 1],
      [5, '5', 1, -7, 2],
    ]);
  });

  test('radius: distances to the mean', () => {
    expect(classes.map(({ radius }) => radius)).toEqual([
      { mean: 1, median: 1, max: 1 },
      { mean: Math.fround(4 / 3), median: 2, max: 2 },
      { mean: 0, median: 0, max: 0 },
    ]);
  });

  test('thresholds: here a quarter of the way to the nearest other mean is more than any training distance', () => {
    const quarter = (x: number, y: number) => Math.fround(Math.hypot(x, y) / 4);
    expect(classes.map(({ threshold }) => threshold)).toEqual([quarter(8, 2), quarter(11, 1), quarter(8, 2)]);
  });

  test('a mean of many is summed in 64 bits', () => {
    // In 32 bits the sum of 100,000 times 0.1 is off by 1e-3.
    const many = new Float32Array(100_000).fill(0.1);
    const [only] = centroidsOf({ encodings: many, labels: new Float32Array(100_000) }, 1).classes;
    expect(only!.mean[0]).toBe(Math.fround(0.1));
  });

  test('an encoding that is no number', () => {
    const bad = Float32Array.from(encodings);
    bad[5] = Number.NaN;
    expect(() => centroidsOf({ encodings: bad, labels }, 2)).toThrow(
      expect.objectContaining({ code: 'diverged', message: expect.stringContaining('record 2 ') }),
    );
  });

  test('no records at all', () => {
    expect(() => centroidsOf({ encodings: new Float32Array(0), labels: new Float32Array(0) }, 2)).toThrow('no records');
  });
});

describe('thresholds', () => {
  test('a quantile is the least value that a share of the values does not exceed', () => {
    const values = Float32Array.from({ length: 100 }, (_, i) => i + 1);
    expect([0, 0.005, 0.01, 0.5, 0.99, 0.991, 1].map((q) => quantile(values, q))).toEqual([1, 1, 1, 50, 99, 100, 100]);
    expect(quantile(new Float32Array(0), 0.5)).toBeNaN();
  });

  test('of a class with enough records is its own', () => {
    const near = Float32Array.from({ length: 100 }, (_, i) => (100 - i) / 100);
    const far = near.map((value) => value * 10);
    expect(thresholds([near, far], 0.95)).toEqual([Math.fround(0.95), Math.fround(9.5)]);
  });

  test('of a class with few records is at least that of all', () => {
    const many = Float32Array.from({ length: 100 }, (_, i) => (i + 1) / 100);
    expect(thresholds([many, Float32Array.of(0.1)], 1)).toEqual([1, 1]);
  });

  test('are at least a quarter of the way to the nearest other class', () => {
    const means = Float32Array.from([0, 0, 3, 4, 30, 40]);
    expect(widened([0.1, 2, 1], means, 2)).toEqual([1.25, 2, 11.25]);
    expect(widened([0.1], means.subarray(0, 2), 2)).toEqual([0.1]);
  });
});

describe('the gallery', () => {
  const many = Float32Array.from({ length: 1000 }, (_, i) => i);
  const alternating = Float32Array.from(many, (i) => i % 2);

  test('holds so many of each class, evenly spread', () => {
    const { gallery } = centroidsOf({ encodings: many, labels: alternating }, 1, { galleryPerClass: 5 });
    expect([...gallery!.encodings].filter((value) => value % 2 === 0)).toEqual([198, 398, 598, 798, 998]);
    expect([...gallery!.labels].filter((label) => label === 1)).toHaveLength(5);
  });

  test('holds all where there are fewer, and none when none are wanted', () => {
    expect(centroidsOf({ encodings, labels }, 2, { galleryPerClass: 100 }).gallery!.encodings).toEqual(encodings);
    expect(centroidsOf({ encodings, labels }, 2, { galleryPerClass: 0 }).gallery).toBeUndefined();
  });
});

describe('matches', () => {
  const centroids = { ...centroidsOf({ encodings, labels }, 2, { quantile: 1 }), dimension: 2 };

  test('nearest centroid: class, distance, runner-up, unknown', () => {
    const [near, far, between] = new Matcher(centroids).match(Float32Array.of(12, 2, 1, 4, 6.5, 0.5));
    expect(near).toEqual({
      label: 3,
      name: '3',
      distance: 1,
      threshold: Math.fround(Math.hypot(11, 1) / 4),
      likeness: undefined,
      reason: undefined,
      unknown: false,
      tie: false,
      runnerUp: { label: 0, name: '0', distance: Math.fround(Math.sqrt(125)) },
    });
    expect(far).toMatchObject({ label: 0, distance: 4, unknown: true });
    // Exactly as far from (1, 0) as from (12, 1).
    expect(between).toMatchObject({ label: 0, tie: true, runnerUp: { label: 3 } });
  });

  test('a distance equal to the threshold is not beyond it', () => {
    expect(new Matcher(centroids).match(Float32Array.of(1, 2))[0]).toMatchObject({ distance: 2, unknown: false });
    expect(new Matcher(centroids, { threshold: 1.9 }).match(Float32Array.of(1, 2))[0]).toMatchObject({
      threshold: 1.9,
      unknown: true,
    });
  });

  test('what is no number is unknown', () => {
    expect(new Matcher(centroids).match(Float32Array.of(Number.NaN, 0))[0]!.unknown).toBe(true);
  });

  test('nearest neighbours: mean of the k smallest distances per class', () => {
    const matcher = new Matcher(centroids, { k: 2 });
    // To class 0 (0,0) (2,0): 3, 1. To class 3 (10,1) (12,1) (14,1): 7 and 9 are nearest on the line y = 1.
    const distances = matcher.distances(Float32Array.of(3, 0, 3, 1));
    expect([...distances].map((d) => Math.round(d * 1000) / 1000)).toEqual([
      2,
      Math.round(500 * (Math.sqrt(50) + Math.sqrt(82))) / 1000,
      10.198,
      2.288,
      8,
      10.05,
    ]);
    expect(matcher.match(Float32Array.of(3, 0))[0]).toMatchObject({ label: 0, runnerUp: { label: 3 } });
  });

  test('nearest neighbours need a gallery', () => {
    expect(() => new Matcher({ ...centroids, gallery: undefined }, { k: 1 })).toThrow('hold no training encodings');
  });

  test('neighbours see what means cannot: a class in two places', () => {
    const split = Float32Array.of(0, 0.1, 10, 10.1, 8, 8.1);
    const c = { ...centroidsOf({ encodings: split, labels: Float32Array.of(0, 0, 0, 0, 1, 1) }, 1), dimension: 1 };
    const query = Float32Array.of(10.05, 8.2);
    expect(new Matcher(c, { k: 2 }).match(query).map(({ label }) => label)).toEqual([0, 1]);
    expect(new Matcher(c).match(query)[0]!.label).toBe(1);
  });

  test('one class only has no runner-up', () => {
    const c = { ...centroidsOf({ encodings: Float32Array.of(1), labels: Float32Array.of(7) }, 1), dimension: 1 };
    expect(new Matcher(c).match(Float32Array.of(1))[0]).toMatchObject({ label: 7, runnerUp: undefined, tie: false });
  });
});

describe('metrics', () => {
  const classes = [0, 1].map((label) => ({ label, name: `c${label}` }));
  const match = (label: number, more = {}) => ({
    label,
    name: '',
    distance: 1,
    threshold: 2,
    unknown: false,
    tie: false,
    runnerUp: undefined,
    ...more,
  });

  test('accuracy, confusion, precision and recall; ties are wrong; refused ones are told apart', () => {
    const matches = [
      match(0),
      match(0, { unknown: true }),
      match(1),
      match(1, { tie: true }),
      match(1, { unknown: true }),
      match(0),
    ];
    const metrics = measure(matches, [0, 0, 0, 1, 1, 2], classes);
    expect(metrics).toMatchObject({
      total: 6,
      correct: 3,
      accuracy: 0.5,
      ties: 1,
      refused: 2 / 6,
      acceptedAccuracy: 1 / 4,
    });
    expect(metrics.confusion).toEqual([
      [2, 1, 0],
      [0, 2, 0],
      [1, 0, 0],
    ]);
    expect(
      metrics.perClass.map(({ label, total, correct, recall, precision, refused }) => [
        label,
        total,
        correct,
        recall,
        precision,
        refused,
      ]),
    ).toEqual([
      [0, 3, 2, 2 / 3, 2 / 3, 1],
      [1, 2, 1, 0.5, 1 / 3, 1],
      [2, 1, 0, 0, Number.NaN, 0],
    ]);
  });
});

describe('the file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'centroids-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const centroids = (more: Partial<Centroids> = {}): Centroids => ({
    ...centroidsOf({ encodings, labels }, 2),
    net: 'n',
    deploy: {
      name: 'n',
      layer: [{ name: 'x', type: 'Input', top: ['x'], input_param: { shape: [{ dim: [1, 1, 2, 2] }] } }],
    },
    encoding: 'f',
    dimension: 2,
    source: 'somewhere',
    mean: Float32Array.of(1, 2, 3, 4),
    ...more,
  });

  test('keeps the images of the gallery', () => {
    const file = path.join(folder, 'images.centroids');
    const lookalikes = {
      channels: 1,
      height: 1,
      width: 2,
      images: Uint8Array.from({ length: 12 }, (_, i) => i),
      classes: Int32Array.of(1, 0, 1, 2, 0, 1),
      thresholds: [1, 2, Number.POSITIVE_INFINITY],
    };
    const made = centroids();
    writeCentroids(file, { ...made, gallery: { ...made.gallery!, lookalikes } });
    expect(readCentroids(file).gallery!.lookalikes).toEqual(lookalikes);
    writeCentroids(file, { ...made, gallery: { ...made.gallery!, lookalikes: { ...lookalikes, width: 3 } } });
    expect(() => readCentroids(file)).toThrow(/its gallery is not whole/);
  });

  test('gives back what was written', () => {
    const file = path.join(folder, 'a.centroids');
    writeCentroids(file, centroids());
    expect(readCentroids(file)).toEqual(centroids());
    writeCentroids(file, centroids({ mean: undefined, gallery: undefined }));
    const { mean: _mean, gallery: _gallery, ...rest } = centroids();
    expect(readCentroids(file)).toEqual(rest);
  });

  test('belongs to one caffemodel', () => {
    const weights = path.join(folder, 'w_iter_5.caffemodel');
    writeFileSync(weights, 'weights');
    const file = centroidFileOf(weights);
    expect(file).toBe(path.join(folder, 'w_iter_5.centroids'));
    // printf weights | sha256sum
    expect(digestOf(weights)).toBe('9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c');
    const mine = centroids({ caffemodel: { file: weights, sha256: digestOf(weights) } });
    expect(() => checkBelongs(mine, file, weights)).not.toThrow();
    writeFileSync(weights, 'others');
    expect(() => checkBelongs(mine, file, weights)).toThrow(
      expect.objectContaining({
        code: 'input',
        message: `${file} does not belong to ${weights}: other weights made these centroids`,
      }),
    );
  });

  test('damaged in any place it is an error of ours, or still a file of centroids', () => {
    const file = path.join(folder, 'b.centroids');
    writeCentroids(file, centroids());
    const bytes = readFileSync(file);
    let refused = 0;
    for (let at = 0; at < bytes.length; at += 3) {
      for (const content of [
        bytes.subarray(0, at),
        Buffer.concat([bytes.subarray(0, at), Buffer.of(bytes[at]! ^ 0xff), bytes.subarray(at + 1)]),
      ]) {
        writeFileSync(file, content);
        try {
          expect(readCentroids(file).classes.length).toBeGreaterThan(0);
        } catch (error) {
          if (!(error instanceof SiameseError)) throw error;
          expect(error).toMatchObject({
            code: 'input',
            message: expect.stringContaining('is no centroid file, or it is damaged'),
          });
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(bytes.length / 3);
  });

  test('that is missing', () => {
    expect(() => readCentroids(path.join(folder, 'none'))).toThrow(/^cannot open centroids .*: there is no such file$/);
  });
});

test('a checksum tells weights apart, by number and place', () => {
  const sum = (...values: number[][]) => native().checksum(values.map((some) => Float32Array.from(some)));
  const numbers = Array.from({ length: 100 }, (_, i) => i / 7);
  const swapped = [...numbers];
  [swapped[3], swapped[11]] = [numbers[11]!, numbers[3]!]; // in one lane
  const all = [
    sum(numbers),
    sum(swapped),
    sum(numbers.slice(0, 99)),
    sum([...numbers.slice(0, 99), Math.fround(numbers[99]!) * (1 + 2 ** -23)]),
    sum(numbers.slice(0, 50), numbers.slice(50)),
    sum(numbers.slice(0, 49), numbers.slice(49)),
    sum([]),
    sum([], []),
  ];
  expect(new Set(all).size).toBe(all.length);
  expect(all.every((digits) => /^[0-9a-f]{16}$/.test(digits))).toBe(true);
  expect(sum(numbers)).toBe(all[0]);
});
