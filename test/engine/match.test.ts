/** Distances and class means against the formulas in float64. */
import { native } from '../../src/engine/native';

const wave = (length: number, step: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * step) * 10);

test.each([
  [1, 1, 1],
  [3, 5, 2],
  [7, 64, 3],
  [2, 65, 64],
  [4, 130, 17],
])('%i queries, %i targets, dimension %i', (n, m, d) => {
  // biome-ignore format: a table
  const queries = wave(n * d, 0.7);
  const targets = wave(m * d, 1.3);
  const out = new Float32Array(n * m);
  native().squaredDistances(queries, targets, d, out);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let k = 0; k < d; k++) sum += (queries[i * d + k]! - targets[j * d + k]!) ** 2;
      expect(out[i * m + j]).toBe(Math.fround(sum));
    }
  }
});

test('near neighbours far from zero keep their distance', () => {
  const out = new Float32Array(1);
  native().squaredDistances(Float32Array.of(10000, 20000), Float32Array.of(10000.0625, 20000), 2, out);
  expect(out[0]).toBe(0.00390625);
});

test('class means and counts, an empty class among them', () => {
  const means = new Float32Array(6);
  const counts = new Int32Array(3);
  native().classMeans(Float32Array.of(1, 2, 3, 4, 5, 9), Int32Array.of(2, 0, 2), 2, means, counts);
  expect([...means]).toEqual([3, 4, 0, 0, 3, 5.5]);
  expect([...counts]).toEqual([1, 0, 2]);
});

test('lengths and classes are checked', () => {
  const four = new Float32Array(4);
  expect(() => native().squaredDistances(four, four, 3, four)).toThrow('do not fit');
  expect(() => native().squaredDistances(four, four, 0, four)).toThrow('dimension');
  expect(() => native().classMeans(four, Int32Array.of(0, 2), 2, four, new Int32Array(2))).toThrow(
    'class is out of range',
  );
});

test('what machine this is', () => {
  const { cores, model, vector } = native().cpuInfo();
  expect(cores).toBeGreaterThanOrEqual(1);
  expect(model.length).toBeGreaterThan(0);
  expect(['generic', 'avx2', 'avx512', 'neon']).toContain(vector);
  expect(native().buildInfo().compiler).toMatch(/gcc|clang/);
});
