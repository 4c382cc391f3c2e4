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

describe('squared distances of bytes are exact', () => {
  /** Sums of squares, in integers. */
  function expected(queries: Uint8Array, targets: Uint8Array, d: number): Float32Array {
    const [n, m] = [queries.length / d, targets.length / d];
    const out = new Float32Array(n * m);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < m; j++) {
        let sum = 0;
        for (let k = 0; k < d; k++) sum += (queries[i * d + k]! - targets[j * d + k]!) ** 2;
        out[i * m + j] = sum;
      }
    }
    return out;
  }
  function found(queries: Uint8Array, targets: Uint8Array, d: number): Float32Array {
    const out = new Float32Array((queries.length / d) * (targets.length / d)).fill(Number.NaN);
    native().squaredDistances(queries, targets, d, out);
    return out;
  }
  // Of any length within a buffer, so that no row begins where a vector would like it.
  const mixed = (length: number, step: number) => {
    const bytes = new Uint8Array(length + 1);
    for (let i = 0; i <= length; i++) bytes[i] = ((i + step) * 2654435761) >>> 24;
    return bytes.subarray(1);
  };

  // One and two queries go a way of their own; 16, 32 and 64 targets fill a block of one set or another.
  test.each([
    [1, 1, 1],
    [1, 7, 784],
    [2, 5, 15],
    [2, 3, 33],
    [3, 1, 1],
    [3, 15, 2],
    [4, 16, 3],
    [5, 17, 16],
    [7, 33, 31],
    [6, 63, 65],
    [9, 64, 784],
    [8, 65, 3 * 7 * 11],
    [250, 130, 49],
  ])('%i queries, %i targets, %i bytes', (n, m, d) => {
    const queries = mixed(n * d, 3);
    const targets = mixed(m * d, 1234567);
    expect(found(queries, targets, d)).toEqual(expected(queries, targets, d));
  });

  test.each([
    [1, 1],
    [3, 2],
  ])('black against white, %i against %i, in rows whose sums need more than 32 bits', (n, m) => {
    const d = 300_001;
    const white = new Uint8Array(m * d).fill(255);
    const sums = new Float32Array(n * m).fill(d * 255 ** 2);
    expect(found(new Uint8Array(n * d), white, d)).toEqual(sums);
    expect(found(white, new Uint8Array(n * d), d)).toEqual(sums);
  });

  test('no queries, no targets', () => {
    expect(found(new Uint8Array(0), mixed(4, 1), 4).length).toBe(0);
    expect(found(mixed(12, 1), new Uint8Array(0), 4).length).toBe(0);
  });
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
