/** Curves over pairs against scikit-learn's values and by hand, intervals, calibration. */
import { calibrate } from '../../src/match/calibration';
import { ofGroups, ofMean, wilson } from '../../src/match/intervals';
import {
  atFalseAcceptRate,
  bestBalanced,
  curveOf,
  equalErrorRate,
  pairCurve,
  pointAt,
  rocAuc,
} from '../../src/match/pair-curve';
import { measurePairs } from '../../src/match/pairs';
import { D, data, expected, N } from './expected/data';

const { encodings, classes } = data(1);

/** All distances, by plain arithmetic. */
function distances(): { genuine: number[]; impostor: number[] } {
  const out = { genuine: [] as number[], impostor: [] as number[] };
  for (let i = 0; i < N; i++) {
    for (let j = i + 1; j < N; j++) {
      let sum = 0;
      for (let d = 0; d < D; d++) sum += (encodings[i * D + d]! - encodings[j * D + d]!) ** 2;
      (classes[i] === classes[j] ? out.genuine : out.impostor).push(Math.sqrt(sum));
    }
  }
  return out;
}

test('exact distances give what scikit-learn gives', () => {
  const { genuine, impostor } = distances();
  const curve = curveOf(genuine, impostor);
  expect(rocAuc(curve)).toBeCloseTo(expected.auc, 12);
  expect(equalErrorRate(curve).rate).toBeCloseTo(expected.eer, 10);
  expect(bestBalanced(curve).accuracy).toBeCloseTo(expected.balanced, 12);
});

test('counts in bins give the same to their width', () => {
  const curve = pairCurve(encodings, classes, D);
  expect([curve.genuinePairs, curve.impostorPairs]).toEqual([6 * 25 * 49, (N * (N - 1)) / 2 - 6 * 25 * 49]);
  // 44,850 pairs in bins 2^-14 wide: about 2 % share theirs with another, which counts against us.
  expect(Math.abs(rocAuc(curve) - expected.auc)).toBeLessThan(2e-5);
  expect(Math.abs(equalErrorRate(curve).rate - expected.eer)).toBeLessThan(2e-4);
  expect(Math.abs(bestBalanced(curve).accuracy - expected.balanced)).toBeLessThan(2e-4);
  const measured = measurePairs(encodings, classes, D)!.measured;
  expect(measured.map(({ name }) => name)).toEqual(['pair accuracy', 'ROC AUC', 'EER']);
  for (const { value, interval } of measured) {
    expect(interval!.low).toBeLessThan(value);
    expect(interval!.high - interval!.low).toBeLessThan(0.2);
  }
});

test('by hand: thresholds, and ties that count as wrong', () => {
  const curve = curveOf([1, 2, 3, 4], [3, 5, 6, 7]);
  expect(rocAuc(curve)).toBe((4 + 4 + 3 + 3) / 16);
  expect(pointAt(curve, 3)).toEqual({
    threshold: 3,
    falseAccepts: 1,
    impostorPairs: 4,
    falseRejects: 1,
    genuinePairs: 4,
  });
  expect(atFalseAcceptRate(curve, 0.24).threshold).toBe(2);
  expect(atFalseAcceptRate(curve, 0.25).threshold).toBe(4);
  expect(atFalseAcceptRate(curveOf([2], [1]), 0.5)).toMatchObject({ threshold: 0, falseAccepts: 0, falseRejects: 1 });
  expect(equalErrorRate(curve).rate).toBe(0.25);
  expect(bestBalanced(curve)).toEqual({ accuracy: 0.875, threshold: 4 });
  expect(rocAuc(curveOf([1, 1], [1, 1]))).toBe(0);
  const same = pairCurve(new Float32Array(8), Int32Array.of(0, 0, 1, 1), 2);
  expect(rocAuc(same)).toBe(0);
});

test('Wilson: the published example of 10 in 20, and the ends', () => {
  // Newcombe (1998), method 3, 81 of 263: 0.2553 to 0.3662.
  expect(wilson(81, 263).low).toBeCloseTo(0.2553, 4);
  expect(wilson(81, 263).high).toBeCloseTo(0.3662, 4);
  expect(wilson(0, 20)).toEqual({ low: 0, high: expect.closeTo(0.1611, 4) });
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  expect(ofMean([1, 2, 3])).toMatchObject({
    mean: 2,
    interval: { low: expect.closeTo(2 - 1.95996 / Math.sqrt(3), 4) },
  });
  const groups = Array.from({ length: 10 }, (_, i) => 0.5 + (i % 2 ? 0.1 : -0.1));
  expect(ofGroups(0.5, groups).high).toBeCloseTo(0.5 + 2.26216 * Math.sqrt(0.01 / 9), 4);
});

test('calibration: pairs of images and classes, strangers as impostors, classes with pairs enough', () => {
  const known = {
    dimension: 1,
    quantile: 1,
    classes: [
      { label: 5, name: 'a', mean: Float32Array.of(0), threshold: 0 },
      { label: 6, name: 'b', mean: Float32Array.of(10), threshold: 0 },
      { label: 6, name: 'b', mean: Float32Array.of(20), threshold: 0, enrolled: true },
    ],
  };
  // Distances to a and to b, of which the nearer centroid counts: (1, 9), (9, 1), (19, 1), and a stranger (4, 6).
  const images = Float32Array.of(1, 9, 19, 4);
  const result = calibrate(known, images, [5, 6, 6, -1], { method: 'far', far: 0.2 });
  expect(result.point).toEqual({ threshold: 4, falseAccepts: 1, impostorPairs: 5, falseRejects: 0, genuinePairs: 3 });
  expect(calibrate(known, images, [5, 6, 6, -1], { method: 'far', far: 0.1 }).point.threshold).toBe(1);
  expect(calibrate(known, images, [5, 6, 6, -1], { method: 'eer', perClass: true })).toMatchObject({
    point: { falseAccepts: 0, falseRejects: 0 },
    tooFew: [5, 6],
  });
  const many = Float32Array.from({ length: 80 }, (_, i) => (i % 2 ? 10 + i / 100 : i / 100));
  const truth = Array.from({ length: 80 }, (_, i) => (i % 2 ? 6 : 5));
  const own = calibrate(known, many, truth, { method: 'balanced', perClass: true });
  expect([...own.perClass.keys()]).toEqual([5, 6]);
  expect(own.perClass.get(5)!.threshold).toBeCloseTo(0.78, 5);
  expect(() => calibrate(known, images, [-1, -1, -1, -1], { method: 'eer' })).toThrow('no image is of a known class');
});
