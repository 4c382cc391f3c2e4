/** `random_seed` means Caffe's own draws: every filler equals the dumped one bit for bit. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { type FillerSpec, native } from '../../src/engine/native';
import { readGold } from '../layers/gold';

const FOLDER = path.join(__dirname, '..', 'golden', 'fillers');
const SEED = 1701;
const DEFAULTS: FillerSpec = {
  type: 'constant',
  value: 0,
  min: 0,
  max: 1,
  mean: 0,
  std: 1,
  sparse: -1,
  variance_norm: 'FAN_IN',
};

const names = readdirSync(FOLDER).filter((name) => !name.startsWith('mt19937'));

test.each(names)('%s', (name) => {
  const gold = readGold(path.join(FOLDER, name)) as unknown as { filler: string } & ReturnType<typeof readGold>;
  const spec: Record<string, unknown> = { ...DEFAULTS };
  for (const [, key, quote, value] of gold.filler.matchAll(/(\w+):('?)([\w.-]+)/g)) {
    spec[key!] = quote || /[A-Z]/.test(value!) ? value : Number(value);
  }
  const [blob] = gold.blobs;
  const out = new Float32Array(blob!.data.length);
  native()
    .createRandom(SEED)
    .fill(spec as unknown as FillerSpec, blob!.shape, out);
  expect(Buffer.compare(Buffer.from(out.buffer), Buffer.from(blob!.data.buffer))).toBe(0);
});

test('there are cases of all seven types', () => expect(names).toHaveLength(13));

test('the raw generator', () => {
  const random = native().createRandom(SEED);
  const [{ data }] = readGold(path.join(FOLDER, 'mt19937_shift8.gold')).blobs as [{ data: Float32Array }];
  expect([...data].map(() => random.next() >>> 8)).toEqual([...data]);
});

test('the normal distribution has its tails, too', () => {
  const out = new Float32Array(200000);
  native()
    .createRandom(3)
    .fill({ ...DEFAULTS, type: 'gaussian' }, [out.length], out);
  const share = (limit: number) => out.filter((v) => Math.abs(v) > limit).length / out.length;
  // Within four standard deviations of the binomial at n = 200,000.
  for (const [limit, p] of [
    [1, 0.3173105],
    [2, 0.0455003],
    [3.5, 0.000465258],
  ] as const) {
    // biome-ignore format: a table
    expect(Math.abs(share(limit) - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / out.length));
  }
});

test('a state goes on where it was taken', () => {
  const random = native().createRandom(5);
  for (let i = 0; i < 1000; i++) random.next();
  const again = native().restoreRandom(random.state());
  expect(Array.from({ length: 700 }, () => again.next())).toEqual(Array.from({ length: 700 }, () => random.next()));
});

test('bad input is an error', () => {
  const random = native().createRandom(5);
  const out = new Float32Array(6);
  expect(() => random.fill({ ...DEFAULTS, type: 'gausian' }, [6], out)).toThrow('unknown type gausian');
  expect(() => random.fill(DEFAULTS, [7], out)).toThrow('does not fit');
  expect(() => random.fill({ ...DEFAULTS, type: 'bilinear' }, [1, 1, 2, 3], out)).toThrow('square kernels');
  expect(() => random.fill({ ...DEFAULTS, type: 'uniform', min: 2, max: 1 }, [6], out)).toThrow('min is above max');
  expect(() => random.fill({ ...DEFAULTS, type: 'gaussian', std: -1 }, [6], out)).toThrow('std is negative');
  expect(() => native().restoreRandom(Uint8Array.of(1, 2))).toThrow('no state');
});
