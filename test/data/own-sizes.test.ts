/** Images that have sizes of their own and a crop_size: folders, lists and encoded records, each image's window its own. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodeDatum } from '../../src/data/datum';
import { DecodePool } from '../../src/data/decode-pool';
import { native } from '../../src/engine/native';
import { closeNets, failure, openNet } from '../layers/fed-nets';
import { removeTempFolders, tempFolder } from './fixtures';
import { writePng } from './png-writer';

jest.setTimeout(60_000); // files, threads, and other processes' load
afterEach(closeNets);
afterAll(removeTempFolders);

const COUNT = 12;
const CROP = 4;
const sizeOf = (i: number): [height: number, width: number] => [5 + (i % 3), 6 + (i % 4)];

/** Colour planes B, G, R say which image it is, which row and which column. */
function picture(i: number, [height, width] = sizeOf(i)): Buffer {
  const sample = (x: number, y: number, channel: number) => [x, y, i][channel]!;
  return writePng({ width, height, bitDepth: 8, colorType: 2, sample });
}

/** The same images as a folder of two classes, as a list, and as encoded records. */
function dataSets(size = sizeOf): string {
  const folder = tempFolder();
  const lines: string[] = [];
  const lmdb = native().createLmdb(path.join(folder, 'lmdb'));
  for (const label of [0, 1]) mkdirSync(path.join(folder, 'images', String(label)), { recursive: true });
  for (let i = 0; i < COUNT; i++) {
    const [bytes, label] = [picture(i, size(i)), i < COUNT / 2 ? 0 : 1];
    const name = `${label}/${String(i).padStart(2, '0')}.png`;
    writeFileSync(path.join(folder, 'images', name), bytes);
    lines.push(`images/${name} ${label}`);
    lmdb.put(Buffer.from(String(i).padStart(8, '0')), encodeDatum({ data: bytes, label, encoded: true }));
  }
  lmdb.commit();
  lmdb.close();
  writeFileSync(path.join(folder, 'list.txt'), lines.join('\n'));
  return folder;
}

const KINDS = {
  folder: (more: string) => `type: "Data" data_param { source: "images" batch_size: 8 ${more} }`,
  list: (more: string) => `type: "ImageData" image_data_param { source: "list.txt" batch_size: 8 ${more} }`,
  LMDB: (more: string) => `type: "Data" data_param { source: "lmdb" backend: LMDB batch_size: 8 ${more} }`,
};
const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
const netOf = (kind: keyof typeof KINDS, transform = `crop_size: ${CROP} mirror: true`, more = '') =>
  `layer { name: "data" top: "data" top: "label" ${KINDS[kind](more)} transform_param { ${transform} } }`;

/** Of each image of some passes: which it is, where its window lies, whether it is mirrored. Each must be a window. */
async function windows(text: string, folder: string, lengths: number[], settings = {}) {
  const net = await openNet(text, folder, settings);
  const seen: { image: number; top: number; left: number; mirror: boolean }[] = [];
  for (const passes of lengths) {
    const { chunks } = await net.supply.prepare(passes);
    for (let pass = 0; pass < passes; pass++) {
      const part = { ...chunks[0]!, order: chunks[0]!.order.slice(8 * pass, 8 * (pass + 1)) };
      const crops = chunks[0]!.crops?.slice(24 * pass, 24 * (pass + 1));
      await net.run({ mode: 'forward', count: 1, feeds: [{ ...part, ...(crops && { crops }) }] });
      const data = net.engine.read('data');
      const labels = net.engine.read('label');
      for (let n = 0; n < 8; n++) seen.push(windowOf(data.subarray(48 * n, 48 * (n + 1)), labels[n]!));
    }
  }
  return seen;
}

function windowOf(pixels: Float32Array, label: number) {
  const at = (c: number, y: number, x: number) => pixels[16 * c + CROP * y + x]!;
  const image = at(0, 0, 0);
  const [top, first, last] = [at(1, 0, 0), at(2, 0, 0), at(2, 0, CROP - 1)];
  const mirror = first > last;
  const left = Math.min(first, last);
  for (let y = 0; y < CROP; y++) {
    for (let x = 0; x < CROP; x++) {
      const across = mirror ? CROP - 1 - x : x;
      expect([at(0, y, x), at(1, y, x), at(2, y, x)]).toEqual([image, top + y, left + across]);
    }
  }
  expect(label).toBe(image < COUNT / 2 ? 0 : 1);
  return { image, top, left, mirror };
}

test.each(kinds)('%s, training: every place of every image comes up, mirrored or not', async (kind) => {
  const seen = await windows(netOf(kind), dataSets(), new Array(150).fill(5));
  for (let i = 0; i < COUNT; i++) {
    const [height, width] = sizeOf(i);
    const places = new Set(
      seen.filter(({ image }) => image === i).map(({ top, left, mirror }) => `${top} ${left} ${mirror}`),
    );
    expect(places.size).toBe((height - CROP + 1) * (width - CROP + 1) * 2);
  }
  // In the order of the source, again and again.
  expect(seen.slice(0, 30).map(({ image }) => image)).toEqual(Array.from({ length: 30 }, (_, i) => i % COUNT));
});

test.each(kinds)('%s, testing: the middle', async (kind) => {
  const seen = await windows(netOf(kind, `crop_size: ${CROP}`), dataSets(), [2], { phase: 'TEST' });
  for (const { image, ...place } of seen) {
    const [height, width] = sizeOf(image);
    expect(place).toEqual({ top: (height - CROP) >> 1, left: (width - CROP) >> 1, mirror: false });
  }
});

test('all kinds, any number of workers and any length of chunks give the same windows', async () => {
  const folder = dataSets();
  const wanted = await windows(netOf('LMDB'), folder, [12]);
  for (const kind of kinds) {
    for (const [workers, lengths] of [
      [0, [1, 1, 3, 7]],
      [2, [5, 5, 2]],
    ] as const) {
      const decoder = new DecodePool(workers, 0);
      expect(await windows(netOf(kind), folder, [...lengths], { decoder })).toEqual(wanted);
      await decoder.close();
    }
  }
});

test('taken up again from within a chunk', async () => {
  const folder = dataSets();
  const straight = await openNet(netOf('folder'), folder);
  await straight.supply.prepare(5);
  const wanted = (await straight.supply.prepare(4)).chunks[0]!;
  const net = await openNet(netOf('folder'), folder);
  const chunk = await net.supply.prepare(9);
  const state = JSON.parse(JSON.stringify(net.feeds[0]!.state(chunk.chunks[0]!, 5)));
  const again = await openNet(netOf('folder'), folder, { seed: 99 });
  again.feeds[0]!.restore(state);
  expect((await again.supply.prepare(4)).chunks[0]).toEqual(wanted);
});

test.each(kinds)('%s of one size stays in memory, whole', async (kind) => {
  const net = await openNet(
    netOf(kind),
    dataSets(() => [6, 6]),
  );
  expect(net.feeds[0]!.resident).toMatchObject({ count: COUNT, height: 6, width: 6 });
});

test('some classes held out', async () => {
  const seen = await windows(netOf('folder', 'crop_size: 4', 'hold_out: "0"'), dataSets(), [3]);
  expect(seen.map(({ image }) => image)).toEqual(Array.from({ length: 24 }, (_, i) => 6 + (i % 6)));
});

test('a new size goes before: all are resized, and then cropped', async () => {
  const net = await openNet(netOf('folder', `crop_size: ${CROP}`, 'new_height: 6 new_width: 5'), dataSets());
  expect(net.feeds[0]!.resident).toMatchObject({ count: COUNT, height: 6, width: 5 });
});

test('an image smaller than the crop is named', async () => {
  const small = dataSets((i) => (i === 7 ? [3, 9] : sizeOf(i)));
  for (const kind of kinds) {
    expect(await failure(netOf(kind), small, 2)).toMatch(
      /^data: (.|\n)*(07\.png|00000007)(.|\n)*is of 3 x 9 \(height x width\), smaller than crop_size 4/,
    );
  }
});

test('without a crop_size several sizes are an error, as before', async () => {
  expect(await failure(netOf('folder', ''), dataSets())).toMatch(/most images are of .*or give a crop_size/s);
  expect(await failure(netOf('list', ''), dataSets(), 1)).toMatch(/give new_height and new_width/);
});
