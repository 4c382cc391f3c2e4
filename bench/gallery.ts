/** bench gallery: siamese match against 100,000 exemplars of 64 dimensions, from the shell and back. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type EnrolledClass, emptyGallery, writeGallery } from 'siamese';
import { timeProcesses } from './processes.js';
import { TRAINED, writeSnapshot } from './untrained-snapshot.js';

const EXEMPLARS = 100_000;
const IMAGE = path.resolve('models/siamese_mnist/images/seven.png');

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
    timeProcesses(cases, rounds);
  } finally {
    rmSync(folder, { recursive: true });
  }
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
