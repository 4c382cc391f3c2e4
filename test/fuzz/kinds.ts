/** Every kind of file that siamese reads, as a whole sample and a way to read a damaged copy of it. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { crc32 } from '../../src/data/crc32';
import { DatumError, DatumReader } from '../../src/data/datum';
import { decodeImage } from '../../src/data/decode-image';
import { importIdx } from '../../src/data/import';
import { readMeanFile } from '../../src/data/mean-file';
import { openSource } from '../../src/data/open-source';
import { SiameseError } from '../../src/errors';
import { readCentroids, writeCentroids } from '../../src/match/centroid-file';
import { openGallery, readGallery, writeGallery } from '../../src/match/gallery-file';
import { knownClasses } from '../../src/match/known-classes';
import { Matcher } from '../../src/match/matcher';
import { buildNet } from '../../src/net/net';
import { compile } from '../../src/plan/compile';
import { parseNet, parseSolver, readSolverState, readWeights } from '../../src/proto/files';
import { encodeSolverStateHdf5, encodeWeightsHdf5 } from '../../src/proto/hdf5-caffe';
import { encode } from '../../src/proto/schema';
import { checkSolver } from '../../src/solver/settings';
import { damagedBytes, damagedText, type Random } from './mutate';

/** Reads one damaged input; whatever is wrong with it must be thrown as a SiameseError. */
export type Attempt = (random: Random) => void | Promise<void>;

export interface Kind {
  name: string;
  /** Makes what the attempts need, in a folder of its own. `root` is the repository. */
  prepare(folder: string, root: string): Attempt | Promise<Attempt>;
}

const golden = (root: string, ...names: string[]) => path.join(root, 'test', 'golden', ...names);

/** A file written anew for each attempt, for what reads by name. */
function byFile(
  name: string,
  sample: (root: string, folder: string) => Uint8Array | Promise<Uint8Array>,
  read: (file: string) => unknown,
): Kind {
  return {
    name,
    async prepare(folder, root) {
      const bytes = await sample(root, folder);
      const file = path.join(folder, name.replace(/\W/g, '_'));
      return async (random) => {
        writeFileSync(file, damagedBytes(bytes, random));
        await read(file);
      };
    },
  };
}

/** Parsed, upgraded, built and planned; arithmetic only, so a net of a billion outputs costs nothing. */
function netKind(name: string, files: (root: string) => string[]): Kind {
  return {
    name,
    prepare(_, root) {
      const texts = files(root).map((file) => readFileSync(file, 'utf8'));
      return (random) => {
        const { message } = parseNet(damagedText(texts[random(texts.length)]!, random), 'damaged.prototxt');
        for (const phase of ['TRAIN', 'TEST'] as const) {
          const net = buildNet(message, { phase, recordShapes: () => [1, 28, 28], labelCount: 10 });
          compile(net, { train: false });
        }
      };
    },
  };
}

const prototxts = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.prototxt'))
    .map((name) => path.join(folder, name));

/** Twelve gray images of 6 x 5 in three classes, as IDX files. */
function writeIdx(folder: string): { images: string; labels: string } {
  const count = 12;
  const images = Buffer.alloc(16 + count * 30);
  for (const [i, value] of [2051, count, 6, 5].entries()) images.writeUInt32BE(value, 4 * i);
  for (let i = 16; i < images.length; i++) images[i] = (i * 37) % 256;
  const labels = Buffer.alloc(8 + count);
  for (const [i, value] of [2049, count].entries()) labels.writeUInt32BE(value, 4 * i);
  for (let i = 0; i < count; i++) labels[8 + i] = i % 3;
  const files = {
    images: path.join(folder, 'set-images-idx3-ubyte'),
    labels: path.join(folder, 'set-labels-idx1-ubyte'),
  };
  writeFileSync(files.images, images);
  writeFileSync(files.labels, labels);
  return files;
}

const idx: Kind = {
  name: 'IDX',
  prepare(folder) {
    const { images, labels } = writeIdx(folder);
    const [pixels, classes] = [readFileSync(images), readFileSync(labels)];
    return async (random) => {
      const which = random(3);
      writeFileSync(images, which === 0 ? pixels : damagedBytes(pixels, random));
      writeFileSync(labels, which === 1 ? classes : damagedBytes(classes, random));
      await readAll(path.join(folder, 'set'));
    };
  },
};

async function readAll(source: string): Promise<void> {
  const opened = await openSource(source);
  try {
    await opened.labels();
    await opened.all();
  } finally {
    await opened.close();
  }
}

/** A database whose data file is damaged: pages, keys and Datums alike. */
const lmdb: Kind = {
  name: 'LMDB',
  async prepare(folder) {
    const { images, labels } = writeIdx(folder);
    const database = path.join(folder, 'db');
    await importIdx(images, labels, database);
    const file = path.join(database, 'data.mdb');
    const bytes = readFileSync(file);
    return async (random) => {
      writeFileSync(file, damagedBytes(bytes, random));
      await readAll(database);
    };
  },
};

const leveldb: Kind = {
  name: 'LevelDB',
  prepare(folder, root) {
    const from = golden(root, 'mini', 'test_leveldb');
    const files = readdirSync(from).map((name) => ({ name, bytes: readFileSync(path.join(from, name)) }));
    return async (random) => {
      const database = path.join(folder, 'db');
      rmSync(database, { recursive: true, force: true });
      mkdirSync(database);
      const hit = random(files.length);
      for (const [i, { name, bytes }] of files.entries()) {
        writeFileSync(path.join(database, name), i === hit && bytes.length > 0 ? damagedBytes(bytes, random) : bytes);
      }
      await readAll(database);
    };
  },
};

const datum: Kind = {
  name: 'Datum',
  prepare() {
    const data = Uint8Array.from({ length: 60 }, (_, i) => i * 4);
    const samples = [
      encode('Datum', { channels: 3, height: 4, width: 5, data, label: 7 }),
      encode('Datum', { channels: 1, height: 2, width: 3, float_data: [1, 2, 3, 4, 5, 6], label: 1 }),
    ];
    const reader = new DatumReader();
    return (random) => {
      try {
        reader.read(damagedBytes(samples[random(samples.length)]!, random));
      } catch (error) {
        // Whoever knows the record's name words it as a SiameseError.
        if (error instanceof DatumError) throw new SiameseError('data', error.message);
        throw error;
      }
    };
  },
};

/** A picture of 24 x 20 that is not flat, in a format that sharp writes; BMP is written by hand. */
function image(format: 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff' | 'bmp'): Kind {
  return {
    name: format.toUpperCase(),
    async prepare() {
      const [width, height] = [24, 20];
      const raw = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * i * 31 + (i >> 2)) % 256));
      const bytes = format === 'bmp' ? bmp(raw, width, height) : await coded(raw, width, height, format);
      return async (random) => {
        const inside = format === 'png' && random(3) === 0;
        const damaged = inside ? damagedInside(bytes, random) : damagedBytes(bytes, random);
        // A wrong checksum would hide the damage behind it.
        if (format === 'png' && random(3) > 0) mendChecksums(damaged);
        await decodeImage(damaged, `damaged.${format}`);
      };
    },
  };
}

/** A PNG whose header and rows are damaged where its compression does not tell: what the decoder behind it has to stand. */
function damagedInside(png: Uint8Array, random: Random): Uint8Array {
  const parts: Buffer[] = [Buffer.from(png.subarray(0, 8))];
  const view = new DataView(png.buffer, png.byteOffset, png.length);
  for (let at = 8; at + 12 <= png.length; ) {
    const size = view.getUint32(at);
    const type = Buffer.from(png.subarray(at + 4, at + 8)).toString('latin1');
    let body = Buffer.from(png.subarray(at + 8, at + 8 + size));
    if (type === 'IDAT') body = deflateSync(damagedBytes(inflateSync(body), random));
    else if (type === 'IHDR' && random(2) === 0) body[random(body.length)] = random(256);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    parts.push(length, Buffer.from(type, 'latin1'), body, Buffer.alloc(4));
    at += 12 + size;
  }
  const damaged = new Uint8Array(Buffer.concat(parts));
  mendChecksums(damaged);
  return damaged;
}

function mendChecksums(png: Uint8Array): void {
  const view = new DataView(png.buffer, png.byteOffset, png.length);
  for (let at = 8; at + 12 <= png.length; ) {
    const size = view.getUint32(at);
    if (at + 12 + size > png.length) return;
    view.setUint32(at + 8 + size, crc32(png.subarray(at + 4, at + 8 + size)));
    at += 12 + size;
  }
}

async function coded(raw: Buffer, width: number, height: number, format: 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff') {
  const sharp = require('sharp') as typeof import('sharp');
  return sharp(raw, { raw: { width, height, channels: 3 } })
    .toFormat(format)
    .toBuffer();
}

function bmp(raw: Buffer, width: number, height: number): Buffer {
  const head = Buffer.alloc(54);
  head.write('BM', 'latin1');
  head.writeUInt32LE(54 + raw.length, 2);
  head.writeUInt32LE(54, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(24, 28);
  return Buffer.concat([head, raw]);
}

function weightsSample(root: string): Uint8Array {
  return readFileSync(golden(root, 'mini', 'init.caffemodel'));
}

const h5Weights = (root: string) => encodeWeightsHdf5(readWeights(golden(root, 'mini', 'init.caffemodel')), () => true);
const h5State = (root: string) =>
  encodeSolverStateHdf5(readSolverState(golden(root, 'mini', 'type_adam_iter_100.solverstate')));

function centroids(_: string, folder: string): Uint8Array {
  const file = path.join(folder, 'sample.centroids');
  const { message: deploy } = parseNet(
    'name: "n" layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 1 dim: 1 dim: 2 dim: 2 } } } layer { name: "f" type: "InnerProduct" bottom: "x" top: "f" inner_product_param { num_output: 2 } }',
    'deploy.prototxt',
  );
  const one = (label: number) => ({
    label,
    name: `class ${label}`,
    count: 5,
    mean: Float32Array.of(label, 1),
    radius: { mean: 1, median: 1, max: 2 },
    threshold: 3,
  });
  const gallery = {
    labels: Int32Array.of(0, 1),
    encodings: Float32Array.of(0, 1, 1, 1),
    lookalikes: {
      channels: 1,
      height: 2,
      width: 2,
      images: new Uint8Array(8),
      classes: Int32Array.of(0, 1),
      thresholds: [1, 2],
    },
  };
  const about = { net: 'n', encoding: 'f', dimension: 2, source: 's', records: 10, quantile: 0.99 };
  writeCentroids(file, { ...about, deploy, classes: [one(0), one(1)], gallery });
  return readFileSync(file);
}

function gallery(_: string, folder: string): Uint8Array {
  const file = path.join(folder, 'sample.gallery');
  const one = (label: number) => ({
    name: `class ${label}`,
    label,
    count: 2,
    mean: Float32Array.of(label, 1),
    threshold: 2,
    encodings: Float32Array.of(0, 1, 2, 3),
    exemplars: ['a.png', 'b.png'].map((image) => ({ image, digest: new Uint8Array(32).fill(label) })),
  });
  const caffemodel = { file: 'w.caffemodel', sha256: '0'.repeat(64) };
  writeGallery(file, {
    encoder: '1'.repeat(64),
    caffemodel,
    encoding: 'f',
    dimension: 2,
    classes: [one(0), one(1)],
  } as never);
  return readFileSync(file);
}

/** What is wrong with a gallery comes up before matching, not as nonsense in it. */
function matchGallery(file: string): void {
  const opened = openGallery(file);
  try {
    const { dimension } = opened;
    const centroids = { dimension, quantile: 1, classes: [] } as never;
    if (opened.columns.labels.length === 0 || dimension > 1000) return;
    for (const k of [undefined, 2]) {
      new Matcher(knownClasses(centroids, opened, { k }), { k }).match(new Float32Array(dimension));
    }
  } finally {
    opened.close();
  }
}

export const KINDS: readonly Kind[] = [
  netKind('net prototxt', (root) => [
    ...prototxts(golden(root, 'nets')),
    golden(root, 'mini', 'train_test.prototxt'),
    path.join(root, 'models', 'siamese_mnist', 'train_val.prototxt'),
  ]),
  {
    name: 'solver prototxt',
    prepare(_, root) {
      const texts = prototxts(golden(root, 'mini'))
        .map((file) => readFileSync(file, 'utf8'))
        .filter((text) => /base_lr/.test(text));
      return (random) => {
        checkSolver(parseSolver(damagedText(texts[random(texts.length)]!, random), 'damaged.prototxt').message);
      };
    },
  },
  byFile('caffemodel', weightsSample, readWeights),
  byFile('solverstate', (root) => readFileSync(golden(root, 'mini', 'type_sgd_iter_100.solverstate')), readSolverState),
  byFile('caffemodel.h5', h5Weights, readWeights),
  byFile('solverstate.h5', h5State, readSolverState),
  byFile(
    'mean binaryproto',
    (root) => readFileSync(golden(root, 'mini', 'mean.binaryproto')),
    (file) => readMeanFile(file, [2, 28, 28]),
  ),
  byFile('centroids', centroids, readCentroids),
  byFile('gallery', gallery, readGallery),
  byFile('gallery to match', gallery, matchGallery),
  datum,
  lmdb,
  leveldb,
  idx,
  ...(['png', 'jpeg', 'webp', 'gif', 'tiff', 'bmp'] as const).map(image),
];
