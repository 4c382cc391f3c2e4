/** Worker threads that decode: the same pixels and errors as in this thread, and what becomes of a thread that ends. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { DecodePool } from '../../src/data/decode-pool';
import { type DecodeJob, decodeJob } from '../../src/data/decoder';
import { SiameseError } from '../../src/errors';
import { removeTempFolders, tempFolder } from './fixtures';
import { writePng } from './png-writer';

jest.setTimeout(60_000); // starting threads beside other processes' load
const pools: DecodePool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});
afterAll(removeTempFolders);

function poolOf(workers: number, from = 0): DecodePool {
  const pool = new DecodePool(workers, from);
  pools.push(pool);
  return pool;
}

/** A picture of its own for each number, as JPEG, PNG or WebP. */
function picture(i: number): Promise<Buffer> {
  const [width, height] = [20 + (i % 7), 16 + (i % 5)];
  const raw = Buffer.from(Array.from({ length: width * height * 3 }, (_, at) => (at * (i + 3)) % 251));
  const image = sharp(raw, { raw: { width, height, channels: 3 } });
  return i % 3 === 0 ? image.jpeg().toBuffer() : i % 3 === 1 ? image.png().toBuffer() : image.webp().toBuffer();
}

async function jobs(count: number): Promise<(() => DecodeJob)[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const bytes = await picture(i);
      const window = i % 4 === 0 ? { size: 11, y: 0.3, x: 0.99 } : undefined;
      const size = i % 4 === 1 ? { height: 9, width: 13, interpolation: 'area' as const } : {};
      const options = { channels: i % 2 === 0 ? (1 as const) : (3 as const), ...size, window };
      return () => ({ bytes: Uint8Array.from(bytes), name: `picture ${i}`, options });
    }),
  );
}

test.each([0, 1, 3])('%d workers: the pixels that this thread decodes, in the order asked', async (workers) => {
  const wanted = await jobs(40);
  const here = await Promise.all(wanted.map((job) => decodeJob(job())));
  const pool = poolOf(workers);
  const there = await Promise.all(wanted.map((job) => pool.decode(job())));
  expect(there.map(({ bytes }) => [...bytes])).toEqual(here.map(({ bytes }) => [...bytes]));
  expect(there.map(({ bytes, ...shape }) => shape)).toEqual(here.map(({ bytes, ...shape }) => shape));
});

test('one pool, many rounds, files and bytes, the first ones here', async () => {
  const pool = poolOf(2, 5);
  const folder = tempFolder();
  const bytes = writePng({ width: 3, height: 2, bitDepth: 8, colorType: 0, sample: (x, y) => 1 + x + 3 * y });
  writeFileSync(path.join(folder, 'a.png'), bytes);
  for (let round = 0; round < 3; round++) {
    const images = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        pool.decode({ ...(i % 2 ? { bytes } : { file: path.join(folder, 'a.png') }), name: 'a', options: {} }),
      ),
    );
    for (const image of images) {
      expect(image).toEqual({ channels: 1, height: 2, width: 3, bytes: Uint8Array.of(1, 2, 3, 4, 5, 6) });
    }
  }
});

test('an image that cannot be read is an error of its own, with code and help; the others come', async () => {
  const pool = poolOf(2);
  const good = await picture(1);
  const results = await Promise.allSettled([
    pool.decode({ bytes: Uint8Array.from(good), name: 'good', options: {} }),
    pool.decode({ bytes: Uint8Array.of(1, 2, 3), name: 'bad.jpg', options: {} }),
    pool.decode({ file: '/nowhere/at/all.png', name: 'all.png', options: {} }),
    pool.decode({ bytes: Uint8Array.from(good), name: 'small', options: { window: { size: 500, y: 0, x: 0 } } }),
    pool.decode({ bytes: Uint8Array.from(good), name: 'good', options: {} }),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled']);
  const reasons = results.map((result) => (result.status === 'rejected' ? result.reason : undefined));
  expect(reasons[1]).toBeInstanceOf(SiameseError);
  expect(reasons[1]).toMatchObject({ code: 'data', message: 'bad.jpg: cannot read this image: it is truncated' });
  expect(reasons[2]).toMatchObject({ code: 'ENOENT' });
  expect(reasons[3]).toMatchObject({
    code: 'data',
    message: 'small is of 17 x 21 (height x width), smaller than crop_size 500',
    help: 'give new_height and new_width, or a smaller crop_size',
  });
});

/** A pool of one thread that runs this instead of decoding. */
function poolRunning(code: string): DecodePool {
  const file = path.join(tempFolder(), 'worker.js');
  writeFileSync(file, code);
  const pool = new DecodePool(1, 0, file);
  pools.push(pool);
  return pool;
}

const ON_MESSAGE = "require('node:worker_threads').parentPort.on('message', () => {";

// 30 images are more than the two groups of 8 that a thread is given: the others wait for it.
test.each([
  ['throws', `${ON_MESSAGE} throw new Error('no more') })`, 'a thread that decodes images ended: no more'],
  ['exits', `${ON_MESSAGE} process.exit(3) })`, 'a thread that decodes images ended'],
  ['does not load', 'throw new Error("not at all")', 'a thread that decodes images ended: not at all'],
])('a thread that %s: each image is rejected, those that wait as well', async (_, code, message) => {
  const pool = poolRunning(code);
  const wanted = await jobs(30);
  for (const result of await Promise.allSettled(wanted.map((job) => pool.decode(job())))) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'device', message } });
  }
});

test('a thread that cannot be started', async () => {
  const pool = new DecodePool(1, 0, 'not-a-path.js');
  await expect(pool.decode((await jobs(1))[0]!())).rejects.toMatchObject({
    code: 'device',
    message: expect.stringContaining('cannot start a thread that decodes images'),
    help: '--workers 0 does without',
  });
});

test('a closed pool rejects what its thread has, and what waits for it', async () => {
  const pool = poolRunning(`${ON_MESSAGE} })`);
  const wanted = await jobs(30);
  const coming = Promise.allSettled(wanted.map((job) => pool.decode(job())));
  await new Promise((resolve) => setImmediate(resolve));
  await pool.close();
  for (const result of await coming) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'device' } });
});
