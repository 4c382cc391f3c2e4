/**
 * bench feed: what the data side brings, images a second, and how long the engine waits for it while a net trains.
 * MNIST in memory; encoded records and a folder of JPEGs that are decoded anew each time (nothing is kept in memory).
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const IMAGES = 600;

interface Row {
  images: number;
  seconds: number;
  ms: number;
  dataWait: number;
}

export async function benchFeed(threads: number, workers: number[], rounds: number): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'siamese-bench-'));
  try {
    await makeImages(folder);
    for (const set of ['mnist', 'lmdb', 'folder']) {
      for (const count of set === 'mnist' ? [0] : workers) {
        const rows = Array.from({ length: rounds }, () => measure(set, folder, threads, count));
        const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!;
        const rate = middle(rows.map(({ images, seconds }) => images / seconds));
        const waits = rows.map(({ dataWait }) => 100 * dataWait);
        const ms = middle(rows.map((row) => row.ms));
        const words = `${set.padEnd(8)} ${count} workers: ${rate.toFixed(0).padStart(8)} images/s by itself;`;
        const spread = `${Math.min(...waits).toFixed(2)} to ${Math.max(...waits).toFixed(2)}`;
        console.log(
          `${words} training ${ms.toFixed(2)} ms an iteration, waiting ${middle(waits).toFixed(2)} % (${spread})`,
        );
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measure(set: string, folder: string, threads: number, workers: number): Row {
  const words = [path.join(__dirname, 'feed-ours.js'), set, folder, threads, workers].map(String);
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Row;
}

/** JPEGs of 256 x 256, as ImageNet is kept for AlexNet: about 25 KB each, noise on several scales as photographs have. */
async function makeImages(folder: string): Promise<void> {
  const sharp = require('sharp') as typeof import('sharp');
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  const list: string[] = [];
  for (let i = 0; i < IMAGES; i++) {
    const layers = await Promise.all(
      [8, 32, 128].map((size) =>
        sharp(Buffer.from(Array.from({ length: size * size * 3 }, random)), {
          raw: { width: size, height: size, channels: 3 },
        })
          .resize(256, 256, { kernel: 'cubic' })
          .removeAlpha()
          .raw()
          .toBuffer(),
      ),
    );
    const pixels = Buffer.from(
      layers[0]!.map((_, at) => (4 * layers[0]![at]! + 2 * layers[1]![at]! + layers[2]![at]!) / 7),
    );
    const label = i % 10;
    const name = `${label}/${i}.jpg`;
    mkdirSync(path.join(folder, 'jpegs', String(label)), { recursive: true });
    const image = sharp(pixels, { raw: { width: 256, height: 256, channels: 3 } });
    writeFileSync(path.join(folder, 'jpegs', name), await image.jpeg({ quality: 85 }).toBuffer());
    list.push(`${name} ${label}`);
  }
  const siamese = [path.join('bin', 'siamese'), 'data', 'import', 'folder', path.join(folder, 'jpegs')];
  const done = spawnSync(process.execPath, [...siamese, path.join(folder, 'lmdb'), '--encoded'], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(done.stderr);
}
