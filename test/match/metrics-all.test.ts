/** Retrieval, neighbours, open set and episodes against scikit-learn's values and by hand. */
import { measureEpisodes } from '../../src/match/episodes';
import { centroidsOf } from '../../src/match/index';
import { measureOpenSet } from '../../src/match/open-set';
import { measureRetrieval, neighbourAccuracy } from '../../src/match/retrieval';
import { CLASSES, D, data, expected } from './expected/data';

const test1 = data(1);
const labels = Float32Array.from(test1.classes);

test('retrieval is what scikit-learn-style arithmetic gives', () => {
  const found = new Map(measureRetrieval(test1.encodings, test1.classes, D).map(({ name, value }) => [name, value]));
  for (const [i, k] of [1, 5, 10].entries()) expect(found.get(`recall@${k}`)).toBeCloseTo(expected.recall[i]!, 12);
  expect(found.get('MAP@R')).toBeCloseTo(expected.map_at_r, 12);
  expect(found.get('R-precision')).toBeCloseTo(expected.r_precision, 12);
});

test('equally near ones of other classes come first', () => {
  const same = measureRetrieval(new Float32Array(8), Int32Array.of(0, 0, 1, 1), 2);
  expect(same.map(({ value }) => value)).toEqual([0, 1, 1, 0, 0]);
  expect(measureRetrieval(new Float32Array(2), Int32Array.of(0, 1), 1)).toEqual([]);
});

test('neighbours: within a vote of scikit-learn, which breaks ties by the lower label', () => {
  const train = data(2);
  const { value } = neighbourAccuracy(
    { encodings: train.encodings, labels: train.classes },
    { encodings: test1.encodings, labels },
    D,
    5,
  );
  expect(Math.abs(value - expected.knn5)).toBeLessThan(0.06);
  const one = { encodings: Float32Array.of(0, 2, 2), labels: [1, 2, 3] };
  expect(neighbourAccuracy(one, { encodings: Float32Array.of(0, 2), labels: [1, 2] }, 1, 1).value).toBe(1);
});

test('open set: AUROC as scikit-learn has it', () => {
  const train = data(2);
  const { classes } = centroidsOf({ encodings: train.encodings, labels: Float32Array.from(train.classes) }, D);
  const known = classes.filter(({ label }) => label < 4);
  const found = measureOpenSet(test1.encodings, labels, D, known)!;
  expect(found.auroc.value).toBeCloseTo(expected.open_set_auc, 5);
  expect(found.oneShot.value).toBeGreaterThan(1 / CLASSES);
  expect(measureOpenSet(test1.encodings, labels, D, classes)).toBeUndefined();
});

test('episodes: apart is right, equal is wrong, groups are kept to', () => {
  const apart = Float32Array.from({ length: 12 }, (_, i) => Math.floor(i / 3) * 10 + (i % 3));
  const four = Int32Array.from({ length: 12 }, (_, i) => Math.floor(i / 3));
  const options = { episodes: 20, ways: 4, shots: 2 };
  expect(measureEpisodes(apart, four, 1, options)!.value).toBe(1);
  expect(measureEpisodes(new Float32Array(12), four, 1, options)!.value).toBe(0);
  expect(measureEpisodes(apart, four, 1, { ...options, groupOf: (label) => String(label % 2) })).toBeUndefined();
  expect(measureEpisodes(apart, four, 1, { ...options, shots: 3 })).toBeUndefined();
});
