/** k-means and mutual information against scikit-learn's values (expected/metrics.py). */
import { ami, measureClusters, nmi, tableOf } from '../../src/match/clustering';
import { ofJackknife } from '../../src/match/intervals';
import { kMeans } from '../../src/match/k-means';
import { CLASSES, D, data, expected, N, numbers } from './expected/data';

const { encodings, classes } = data(1);

test('NMI and AMI of given clusters', () => {
  const found = Array.from({ length: N }, (_, i) => ((i * 7) % 11) % 5);
  expect(nmi(tableOf(classes, found))).toBeCloseTo(expected.nmi, 10);
  expect(ami(tableOf(classes, found))).toBeCloseTo(expected.ami, 10);
  const noise = numbers(N, 9);
  const close = classes.map((c, i) => (noise[i]! < 0.1 ? 0 : c));
  expect(ami(tableOf(classes, close))).toBeCloseTo(expected.ami_close, 10);
  expect([nmi(tableOf(classes, classes)), ami(tableOf(classes, classes))].map((v) => v.toFixed(12))).toEqual([
    '1.000000000000',
    '1.000000000000',
  ]);
});

test('k-means: as good as by scikit-learn, the same again', () => {
  const clusters = kMeans(encodings, D, CLASSES, { starts: 50 });
  // The classes overlap, so many ends are almost as good: 0.01 % off is another of them.
  expect(Math.abs(clusters.inertia / expected.inertia - 1)).toBeLessThan(1e-3);
  expect(Math.abs(nmi(tableOf(classes, clusters.of)) - expected.k_means_nmi)).toBeLessThan(0.05);
  expect(Math.abs(ami(tableOf(classes, clusters.of)) - expected.k_means_ami)).toBeLessThan(0.05);
  let inertia = 0;
  for (const [i, value] of encodings.entries()) {
    inertia += (value - clusters.means[clusters.of[Math.floor(i / D)]! * D + (i % D)]!) ** 2;
  }
  expect(clusters.inertia).toBeCloseTo(inertia, 4);
  expect(kMeans(encodings, D, CLASSES, { starts: 50 })).toEqual(clusters);
});

test('k-means: fewer points than clusters, and equal points', () => {
  const { of, inertia } = kMeans(Float32Array.of(1, 1, 1, 9), 1, 3);
  expect(inertia).toBe(0);
  expect(of[3]).not.toBe(of[0]);
  expect(new Set(of.subarray(0, 3)).size).toBe(1);
});

test('what is printed', () => {
  const [first, second] = measureClusters(encodings, classes, D);
  expect([first!.name, second!.name]).toEqual(['NMI', 'AMI']);
  expect(second!.interval!.low).toBeLessThan(second!.value);
  expect(second!.interval!.high).toBeGreaterThan(second!.value);
  expect(first!.protocol).toContain('6 clusters by k-means');
  expect(measureClusters(encodings, new Int32Array(N), D)).toEqual([]);
  // Of a mean, the jackknife is its standard error: 10 values 0..9, sd / sqrt(10) times t.
  const without = Array.from({ length: 10 }, (_, i) => (45 - i) / 9 / 10);
  const { low, high } = ofJackknife(0.45, without);
  expect((high - low) / 2).toBeCloseTo((2.2621 * Math.sqrt(82.5 / 9)) / Math.sqrt(10) / 10, 3);
});
