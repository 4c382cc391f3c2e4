/** bench many: siamese match of 1,000 images in one call, and what of it is reading, encoding and comparing. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PNG } from 'pngjs';
import { Encoder, Matcher, openSource, type RecordSet, readCentroids, readWeights } from 'siamese';
import { timeProcesses } from './processes.js';
import { writeSnapshot } from './untrained-snapshot.js';

const IMAGES = 1000;

/** `snapshot`: a trained caffemodel with centroids beside it; without, an untrained net. */
export async function benchMany(snapshot: string | undefined, rounds: number): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'siamese-bench-'));
  try {
    const untrained = path.join(folder, 'bench_iter_0.caffemodel');
    const { records } = await writeSnapshot(untrained);
    const caffemodel = snapshot ?? untrained;
    const images = path.join(folder, 'images');
    writeImages(path.join(images, 'all'), records);
    const program = ['bin/siamese', 'match', '--jsonl', '--snapshot', caffemodel];
    timeProcesses(
      [
        ['bare node', ['-e', '0']],
        ['one image', [...program, path.join(images, 'all', '0000.png')]],
        [`${IMAGES} images`, [...program, images]],
      ],
      rounds,
    );
    await timeParts(caffemodel, images, records);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function writeImages(folder: string, { bytes, width, height }: RecordSet): void {
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < IMAGES; i++) {
    const png = new PNG({ width, height });
    for (let p = 0; p < width * height; p++) {
      const value = bytes![i * width * height + p]!;
      png.data.set([value, value, value, 255], 4 * p);
    }
    writeFileSync(path.join(folder, `${String(i).padStart(4, '0')}.png`), PNG.sync.write(png, { colorType: 0 }));
  }
}

/** The parts by themselves, each the second time it is done: without what a start costs. */
async function timeParts(caffemodel: string, folder: string, records: RecordSet): Promise<void> {
  const centroids = readCentroids(caffemodel.replace(/caffemodel$/, 'centroids'));
  const { deploy, mean, encoding } = centroids;
  const { channels, height, width } = records;
  using encoder = Encoder.fromNet(deploy, readWeights(caffemodel), {
    recordShape: [channels, height, width],
    mean,
    encoding,
  });
  const some: RecordSet = { ...records, bytes: records.bytes!.subarray(0, IMAGES * channels * height * width) };
  some.labels = records.labels.subarray(0, IMAGES);
  some.count = IMAGES;
  const matcher = new Matcher(centroids);
  let encodings = await encoder.encode(some);
  const parts: [string, () => Promise<unknown>][] = [
    ['reading and decoding', async () => (await openSource(folder)).all()],
    ['encoding', async () => (encodings = await encoder.encode(some))],
    ['comparing', async () => matcher.match(encodings, some)],
  ];
  console.log(`parts of ${IMAGES}, warm      wall  processor`);
  for (const [name, part] of parts) {
    await part();
    const [begun, before] = [performance.now(), process.cpuUsage()];
    await part();
    const wall = performance.now() - begun;
    const { user, system } = process.cpuUsage(before);
    console.log(
      `${name.padEnd(24)} ${wall.toFixed(0).padStart(5)} ${((user + system) / 1000).toFixed(0).padStart(10)}`,
    );
  }
}
