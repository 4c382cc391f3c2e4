/** Nearest classes of galleries in files, against arithmetic over objects; native two-nearest and neighbours by hand. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { native } from '../../src/engine/native';
import type { EnrolledClass, EnrolledGallery } from '../../src/match/gallery';
import { openGallery } from '../../src/match/gallery-file';
import {
  type Centroids,
  emptyGallery,
  type Known,
  knownClasses,
  Matcher,
  readGallery,
  writeGallery,
} from '../../src/match/index';
import { encode } from '../../src/proto/schema';
import { writeKnownNet } from './known-net';

let centroids: Centroids;
let folder: string;
beforeAll(async () => {
  ({ centroids, folder } = await writeKnownNet());
});

/** Whole numbers, so that many distances are exactly equal. */
function randomGallery(classes: number, most: number, seed: number): EnrolledGallery {
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const point = () => Float32Array.of(random(200), random(60));
  const all = Array.from({ length: classes }, (_, c): EnrolledClass => {
    const count = 1 + random(most);
    const exemplars = Array.from({ length: count }, () => ({
      encoding: point(),
      digest: new Uint8Array(32).fill(c),
      image: `${c}.png`,
    }));
    const encodings = Float32Array.from(exemplars.flatMap(({ encoding }) => [...encoding]));
    const mean = point();
    if (count === 1) mean.set(encodings);
    // The first has the label of a trained class.
    return { name: `ü ${c}`, label: c === 0 ? 2 : 2 + c, count, encodings, exemplars, mean, threshold: 1 + random(9) };
  });
  return { ...emptyGallery(centroids), classes: all };
}

/** Distance to each class by label: the least over its centroids, or the mean of the k nearest members. */
function distancesOf(query: Float32Array, gallery: EnrolledGallery, k?: number): Map<number, number> {
  const d = (row: Float32Array) => Math.hypot(query[0]! - row[0]!, query[1]! - row[1]!);
  const members = new Map<number, number[]>();
  const put = (label: number, row: Float32Array) => members.set(label, [...(members.get(label) ?? []), d(row)]);
  if (k === undefined) for (const { label, mean } of [...centroids.classes, ...gallery.classes]) put(label, mean);
  else {
    const { labels, encodings } = centroids.gallery!;
    for (const [i, label] of labels.entries()) put(label, encodings.subarray(2 * i, 2 * i + 2));
    for (const { label, exemplars } of gallery.classes) for (const { encoding } of exemplars) put(label, encoding);
  }
  return new Map(
    [...members].map(([label, values]) => {
      const least = values.sort((a, b) => a - b).slice(0, k ?? 1);
      return [label, least.reduce((sum, value) => sum + value, 0) / least.length];
    }),
  );
}

test.each([
  [300, 1, undefined],
  [300, 4, undefined],
  [300, 1, 1],
  [300, 4, 3],
  [40, 60, 5],
])('%i classes of up to %i exemplars, k %s: from the file as by hand', (classes, most, k) => {
  const gallery = randomGallery(classes, most, classes + most);
  const file = path.join(folder, 'many.gallery');
  writeGallery(file, gallery);
  const opened = openGallery(file);
  const known = knownClasses(centroids, opened, { k });
  const matcher = new Matcher(known, { k, threshold: 1e9 });
  const queries = Float32Array.from({ length: 200 }, (_, i) => (i * 7919) % 211);
  const matches = matcher.match(queries);
  const all = matcher.distances(queries);
  const width = known.classes.length;
  const own = k === undefined ? new Matcher(known).match(queries) : undefined;
  for (const [row, match] of matches.entries()) {
    const byLabel = distancesOf(queries.subarray(2 * row, 2 * row + 2), gallery, k);
    const sorted = [...byLabel.values()].sort((a, b) => a - b);
    // 32 bits: six digits.
    expect(match.distance).toBeCloseTo(sorted[0]!, 3);
    expect(match.runnerUp!.distance).toBeCloseTo(sorted[1]!, 3);
    expect(byLabel.get(match.label)).toBeCloseTo(sorted[0]!, 3);
    expect(byLabel.get(match.runnerUp!.label)).toBeCloseTo(sorted[1]!, 3);
    expect(match.label).not.toBe(match.runnerUp!.label);
    expect(match.tie).toBe(match.distance === match.runnerUp!.distance);
    const { name, threshold } = gallery.classes.find(({ label }) => label === match.label) ?? {};
    if (match.enrolled) expect(match.name).toBe(name);
    if (match.enrolled && own) expect(own[row]!.threshold).toBe(threshold);
    expect(Math.min(...all.subarray(row * width, (row + 1) * width))).toBe(match.distance);
  }
  if (k === undefined || k === 1) expect(matches.some(({ tie }) => tie)).toBe(true);
  expect(readGallery(file).classes.map((c) => ({ ...c, exemplars: c.exemplars }))).toEqual(gallery.classes);
  opened.close();
});

test('one class of many members is read whole', () => {
  const gallery = randomGallery(2, 1, 5);
  const count = 70_000;
  const encodings = Float32Array.from({ length: 2 * count }, (_, i) => 1000 + i);
  const exemplars = Array.from({ length: count }, (_, i) => {
    return { encoding: encodings.subarray(2 * i, 2 * i + 2), digest: new Uint8Array(32), image: '' };
  });
  const big = { ...gallery.classes[1]!, name: 'big', label: 9, count, encodings, exemplars };
  const file = path.join(folder, 'big.gallery');
  writeGallery(file, { ...gallery, classes: [gallery.classes[0]!, big, gallery.classes[1]!] });
  const opened = openGallery(file);
  const matcher = new Matcher(knownClasses(centroids, opened, { k: 1 }), { k: 1 });
  const [last] = matcher.match(encodings.subarray(2 * count - 2));
  expect(last).toMatchObject({ name: 'big', distance: 0 });
  opened.close();
});

test('a gallery of the first form is read as before', () => {
  const gallery = randomGallery(5, 3, 1);
  const { classes, encoder, caffemodel, encoding, dimension } = gallery;
  const exemplars = classes.flatMap((c) => [...c.exemplars]);
  const file = path.join(folder, 'first.gallery');
  const message = {
    format: 'siamese.gallery/1',
    encoder_sha256: encoder,
    caffemodel: caffemodel.file,
    caffemodel_sha256: caffemodel.sha256,
    encoding,
    dimension,
    names: classes.map(({ name }) => name),
    labels: classes.map(({ label }) => label),
    counts: classes.map(({ count }) => count),
    means: Float32Array.from(classes.flatMap(({ mean }) => [...mean])),
    thresholds: Float32Array.from(classes, ({ threshold }) => threshold),
    exemplars: Float32Array.from(classes.flatMap((c) => [...c.encodings])),
    digests: Buffer.concat(exemplars.map(({ digest }) => digest)),
    images: Buffer.from(exemplars.map(({ image }) => `${image}\0`).join('')),
  };
  writeFileSync(file, encode('GalleryFile', message));
  expect(readGallery(file).classes.map((c) => ({ ...c, exemplars: c.exemplars }))).toEqual(classes);
  const [query] = [Float32Array.of(3, 4)];
  const opened = openGallery(file);
  expect(new Matcher(knownClasses(centroids, opened)).match(query)).toEqual(
    new Matcher(knownClasses(centroids, gallery)).match(query),
  );
  opened.close();
});

test('columns that do not fit each other are damage, before anything is matched', () => {
  const file = path.join(folder, 'bad.gallery');
  writeGallery(file, randomGallery(3, 2, 1));
  const good = readFileSync(file);
  const field = (number: number, bytes: Buffer) => {
    return Buffer.concat([Buffer.from([((number << 3) & 0x7f) | 2 | 0x80, number >> 4, bytes.length]), bytes]);
  };
  const ints = (...values: number[]) => Buffer.from(Int32Array.from(values).buffer);
  const at = (number: number) => good.indexOf(Buffer.from([((number << 3) & 0x7f) | 2 | 0x80, number >> 4, 12]));
  const replaced = (number: number, bytes: Buffer) => {
    return Buffer.concat([good.subarray(0, at(number)), field(number, bytes), good.subarray(at(number) + 15)]);
  };
  for (const [number, values] of [
    [17, [4, 3, 12]],
    [17, [4, 8, 11]],
    [17, [-1, 8, 12]],
    [19, [1, 0, 5]],
    [19, [1, -1, 6]],
    [19, [1, 1, 1000]],
    [19, [1, 1]],
    [18, [3, 4]],
  ] as const) {
    expect(at(number)).toBeGreaterThan(0);
    writeFileSync(file, replaced(number, ints(...values)));
    expect(() => openGallery(file)).toThrow('is no gallery, or it is damaged');
  }
  for (const bytes of [
    good.subarray(0, -1),
    Buffer.concat([good, field(18, ints(1, 2, 3))]),
    Buffer.from('text, no gallery'),
  ]) {
    writeFileSync(file, bytes);
    expect(() => openGallery(file)).toThrow('is no gallery, or it is damaged');
  }
});

test('what is no number is nearest to nothing', () => {
  const known: Known = {
    dimension: 1,
    quantile: 1,
    classes: [Number.NaN, 5].map((x, i) => ({ label: i, name: String(i), mean: Float32Array.of(x), threshold: 1 })),
  };
  const [five, nothing] = new Matcher(known).match(Float32Array.of(5, Number.NaN));
  expect(five).toMatchObject({ name: '1', distance: 0, unknown: false, runnerUp: undefined });
  expect(nothing).toMatchObject({ unknown: true, distance: Number.NaN, tie: false });
});

test('the native searches go on from what is there and refuse what does not fit', () => {
  const squared = new Float32Array(2).fill(Number.POSITIVE_INFINITY);
  const indices = new Int32Array(2).fill(-1);
  const labels = new Int32Array(1);
  const go = (targets: number[], names: number[], offset: number) => {
    native().nearestTwo(
      Float32Array.of(0),
      Float32Array.from(targets),
      Int32Array.from(names),
      1,
      offset,
      squared,
      indices,
      labels,
    );
  };
  go([3, 4], [7, 7], 0);
  expect([[...squared], [...indices]]).toEqual([
    [9, Number.POSITIVE_INFINITY],
    [0, -1],
  ]);
  go([2, 5, 1], [7, 8, 9], 2);
  expect([[...squared], [...indices]]).toEqual([
    [1, 4],
    [4, 2],
  ]);
  go([1, 1], [7, 9], 5);
  expect([[...squared], [...indices]]).toEqual([
    [1, 1],
    [4, 5],
  ]);
  expect(() => go([1], [1, 2], 0)).toThrow('do not fit');
  const least = new Float32Array(4).fill(Number.POSITIVE_INFINITY);
  const neighbours = (owners: number[]) => {
    native().classNeighbours(Float32Array.of(0), Float32Array.of(1, 2, 3), Int32Array.from(owners), 1, 2, least);
  };
  neighbours([0, -1, 0]);
  const means = new Float32Array(2);
  native().neighbourMeans(least, means);
  expect([[...least], [...means]]).toEqual([
    [1, 9, Infinity, Infinity],
    [2, Infinity],
  ]);
  expect(() => neighbours([0, 2, 0])).toThrow('out of range');
});
