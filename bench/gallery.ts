/** bench gallery: siamese match against 100,000 exemplars of 64 dimensions, from the shell and back. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type Centroids,
  centroidFileOf,
  computeCentroids,
  cutTower,
  Encoder,
  type EnrolledClass,
  emptyGallery,
  encodeNetWithBlobs,
  fingerprintOf,
  MemorySource,
  openSource,
  readNet,
  untrainedWeights,
  writeCentroids,
  writeGallery,
} from 'siamese';

const EXEMPLARS = 100_000;
const NET = 'models/siamese_mnist/train_val_64.prototxt';
const IMAGE = path.resolve('models/siamese_mnist/images/seven.png');
/** Records that the trained classes are of. */
const TRAINED = 2000;

export async function benchGallery(rounds: number): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'siamese-bench-'));
  try {
    const caffemodel = path.join(folder, 'bench_iter_0.caffemodel');
    const { centroids, encodings } = await writeSnapshot(caffemodel);
    const program = (...words: string[]) => ['bin/siamese', 'match', IMAGE, '--snapshot', caffemodel, ...words];
    const cases: [string, string[]][] = [
      ['bare node', ['-e', '0']],
      ['trained classes only', program()],
    ];
    for (const classes of [EXEMPLARS, 1000, 10]) {
      const file = path.join(folder, `${classes}.gallery`);
      writeGallery(file, { ...emptyGallery(centroids), classes: enrolled(classes, encodings, centroids.dimension) });
      const name = `${EXEMPLARS} exemplars of ${classes} classes`;
      cases.push([name, program('--gallery', file)], [`${name}, -k 5`, program('--gallery', file, '-k', '5')]);
    }
    timeAll(cases, rounds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Weights as they are before training: the work is the same. */
async function writeSnapshot(caffemodel: string): Promise<{ centroids: Centroids; encodings: Float32Array }> {
  const net = readNet(NET).message;
  const recordShape = [1, 28, 28] as const;
  const weights = untrainedWeights(cutTower(net), recordShape, 1);
  const layer = weights.layers.map(({ name, type, blobs }) => ({
    name,
    type,
    blobs: blobs.map(({ shape, data }) => ({ shape: { dim: shape }, data })),
  }));
  writeFileSync(caffemodel, encodeNetWithBlobs({ name: net.name, layer }));
  using encoder = Encoder.fromNet(net, weights, { recordShape });
  const source = await openSource('mnist:test');
  const records = await source.read(Int32Array.from({ length: TRAINED }, (_, i) => i));
  const centroids = await computeCentroids(encoder, MemorySource.of('bench', records), {
    caffemodel: fingerprintOf(caffemodel, encoder.deploy),
  });
  writeCentroids(centroidFileOf(caffemodel), centroids);
  return { centroids, encodings: await encoder.encode(records) };
}

/** Encodings of images, moved a little so that none is twice there. */
function enrolled(count: number, encodings: Float32Array, dimension: number): EnrolledClass[] {
  const each = EXEMPLARS / count;
  return Array.from({ length: count }, (_, c): EnrolledClass => {
    const exemplars = Array.from({ length: each }, (_, i) => {
      const n = c * each + i;
      const from = (n % TRAINED) * dimension;
      const encoding = encodings.slice(from, from + dimension).map((value) => value * (1 + n / 1e6));
      const digest = new Uint8Array(32);
      new DataView(digest.buffer).setUint32(0, n);
      return { encoding, digest, image: `people/${c}/${i}.png` };
    });
    const rows = exemplars.map(({ encoding }) => encoding);
    const all = new Float32Array(each * dimension);
    for (const [i, row] of rows.entries()) all.set(row, i * dimension);
    const mean = rows[0]!.map((_, d) => rows.reduce((sum, row) => sum + row[d]!, 0) / each);
    return { name: `person ${c}`, label: 100 + c, count: each, encodings: all, exemplars, mean, threshold: 1 };
  });
}

function timeAll(cases: readonly [string, string[]][], rounds: number): void {
  const times = cases.map(() => [] as { wall: number; cpu: number }[]);
  for (let round = 0; round < rounds; round++) {
    for (const [i, [, words]] of cases.entries()) times[i]!.push(timeOne(words));
  }
  const wide = Math.max(...cases.map(([name]) => name.length));
  console.log(`${'ms, medians (least to most)'.padEnd(wide)}  wall${' '.repeat(14)}processor`);
  for (const [i, [name]] of cases.entries()) {
    const shown = (key: 'wall' | 'cpu') => {
      const sorted = times[i]!.map((time) => time[key]).sort((a, b) => a - b);
      const [least, median, most] = [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
      return `${median.toFixed(0)} (${least.toFixed(0)} to ${most.toFixed(0)})`.padEnd(16);
    };
    console.log(`${name.padEnd(wide)}  ${shown('wall')}  ${shown('cpu')}`);
  }
}

/** Times of the process itself, by a shell that does nothing else. */
function timeOne(words: readonly string[]): { wall: number; cpu: number } {
  const start = performance.now();
  const { stdout, stderr, status } = spawnSync(
    'bash',
    ['-c', '"$@" >/dev/null 2>&1; echo $?; times', '-', process.execPath, ...words],
    {
      encoding: 'utf8',
    },
  );
  const wall = performance.now() - start;
  const [code, , children = ''] = stdout.split('\n');
  if (status !== 0 || Number(code) > 1) throw new Error(`${words.join(' ')}: exit code ${code} ${stderr}`);
  const [user, system] = [...children.matchAll(/(\d+)m([\d.,]+)s/g)].map(([, minutes, seconds]) => {
    return 60_000 * Number(minutes) + 1000 * Number(seconds!.replace(',', '.'));
  });
  return { wall, cpu: user! + system! };
}
