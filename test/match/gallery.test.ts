/** Enrolled classes: adding, removing, thresholds, files, and matching against them. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { enrolledThreshold } from '../../src/match/enrolled-threshold';
import { openGallery } from '../../src/match/gallery-file';
import { galleryLines, readGalleryLines } from '../../src/match/gallery-lines';
import {
  addExemplars,
  type Centroids,
  checkGalleryBelongs,
  digestOfRecord,
  type EnrolledGallery,
  type Exemplar,
  emptyGallery,
  knownClasses,
  Matcher,
  readGallery,
  removeExemplars,
  writeGallery,
} from '../../src/match/index';
import { decode, encode } from '../../src/proto/schema';
import { writeKnownNet } from './known-net';

let centroids: Centroids;
let folder: string;
beforeAll(async () => {
  ({ centroids, folder } = await writeKnownNet());
});

function exemplar(image: string, ...pixels: [number, number]): Exemplar {
  const record = {
    bytes: Uint8Array.from(pixels),
    labels: new Float32Array(1),
    count: 1,
    channels: 1,
    height: 1,
    width: 2,
  };
  return { encoding: Float32Array.from(pixels, (p) => p / 2), digest: digestOfRecord(record), image };
}
const add = (gallery: EnrolledGallery, name: string, ...exemplars: Exemplar[]) =>
  addExemplars(gallery, new Map([[name, exemplars]]), centroids);
const one = () => add(emptyGallery(centroids), 'new', exemplar('n.png', 100, 180)).gallery;

test('a class has the mean of its exemplars and a label of its own', () => {
  const { gallery, added, repeated } = add(one(), 'new', exemplar('m.png', 104, 180), exemplar('n2.png', 100, 180));
  expect([added, repeated]).toEqual([1, ['n2.png']]);
  expect(gallery.classes).toHaveLength(1);
  const [known] = gallery.classes;
  expect([known!.label, known!.count, [...known!.mean]]).toEqual([3, 2, [51, 90]]);
  expect(add(gallery, '2', exemplar('t.png', 8, 8)).gallery.classes[1]!.label).toBe(2);
});

test('an image of another class is refused, or taken by force', () => {
  const again = exemplar('again.png', 100, 180);
  expect(() => add(one(), 'other', again)).toThrow('again.png is enrolled already, as "new"');
  const forced = addExemplars(one(), new Map([['other', [again]]]), centroids, { force: true });
  expect(forced.gallery.classes.map(({ name }) => name)).toEqual(['new', 'other']);
  expect(() => add(one(), ' ', again)).toThrow('must not be empty');
});

test('removing exemplars, and with the last one the class', () => {
  const gallery = add(one(), 'new', exemplar('m.png', 104, 180)).gallery;
  const less = removeExemplars(gallery, 'new', centroids, [exemplar('', 100, 180).digest]);
  expect([less.removed, [...less.gallery.classes[0]!.mean]]).toEqual([1, [52, 90]]);
  expect(removeExemplars(less.gallery, 'new', centroids, [exemplar('', 104, 180).digest]).gallery.classes).toEqual([]);
  expect(removeExemplars(gallery, 'new', centroids)).toMatchObject({ removed: 2, gallery: { classes: [] } });
});

test('the threshold of one image is sqrt(2) of the usual one, and narrows to what many images show', () => {
  const trained = [{ radius: { mean: 2, median: 2, max: 2 }, threshold: 6 }];
  const mean = Float32Array.of(0, 0);
  expect(enrolledThreshold([mean], mean, trained)).toBeCloseTo(6 * Math.SQRT2, 5);
  // Two images 3 from their mean: v = 18 with one degree of freedom; s^2 = (10 * 4 + 18) / 11.
  const two = [Float32Array.of(3, 0), Float32Array.of(-3, 0)];
  expect(enrolledThreshold(two, mean, trained)).toBeCloseTo(6 * Math.sqrt(58 / 11 / 4) * Math.sqrt(1.5), 5);
  const many = Array.from({ length: 2000 }, (_, i) => Float32Array.of(i % 2 ? 1 : -1, 0));
  expect(enrolledThreshold(many, mean, trained)).toBeCloseTo(3, 1);
  expect(enrolledThreshold([mean], mean, [])).toBe(Number.POSITIVE_INFINITY);
});

test('a file holds all of it; what is cut short or of another encoder is refused', async () => {
  const file = path.join(folder, 'x.gallery');
  const calibration = {
    method: 'far',
    wantedFar: 0.01,
    source: 's',
    records: 5,
    time: '2026-01-01T00:00:00.000Z',
    k: 0,
    threshold: 1.5,
    impostorPairs: 100,
    falseAccepts: 1,
    genuinePairs: 50,
    falseRejects: 2,
    perClass: new Map([[3, 2.5]]),
  } as const;
  const gallery = { ...add(one(), 'another', exemplar('ü.png', 0, 40), exemplar('', 4, 40)).gallery, calibration };
  writeGallery(file, gallery);
  const read = readGallery(file);
  expect(read.classes.map((known) => ({ ...known, exemplars: known.exemplars }))).toEqual(
    gallery.classes.map((known) => ({ ...known, exemplars: [...known.exemplars] })),
  );
  expect({ ...read, classes: [] }).toEqual({ ...gallery, classes: [] });
  checkGalleryBelongs(read, file, centroids);
  const { centroids: others } = await writeKnownNet(2);
  expect(() => checkGalleryBelongs(read, file, others)).toThrow(
    /does not belong to this net: it was enrolled with other weights/,
  );
  const bytes = readFileSync(file);
  for (let length = 0; length < bytes.length; length++) {
    writeFileSync(file, bytes.subarray(0, length));
    expect(() => readGallery(file)).toThrow('is no gallery, or it is damaged');
  }
  expect(() => readGallery(path.join(folder, 'none'))).toThrow('there is no such file');
});

test('a gallery without classes is one', () => {
  const file = path.join(folder, 'empty.gallery');
  writeGallery(file, emptyGallery(centroids));
  expect(readGallery(file)).toMatchObject({ ...emptyGallery(centroids), classes: [] });
  const opened = openGallery(file);
  const known = knownClasses(centroids, opened, {});
  expect(new Matcher(known).match(Float32Array.of(10, 10))).toMatchObject([{ name: '1', unknown: false }]);
  opened.close();
});

test('columns that do not fit each other are refused', () => {
  const file = path.join(folder, 'x.gallery');
  writeGallery(file, add(one(), 'another', exemplar('a.png', 0, 40), exemplar('b.png', 4, 40)).gallery);
  const whole = decode('GalleryFile', readFileSync(file));
  const ints = (...values: number[]) => new Uint8Array(Int32Array.from(values).buffer);
  for (const wrong of [
    { format: 'siamese.gallery/3' },
    { dimension: 0 },
    { dimension: 3 },
    { encoding: undefined },
    { exemplars: whole.exemplars!.subarray(2) },
    { digests: whole.digests!.subarray(1) },
    { thresholds: Float32Array.of(1) },
    { means: Float32Array.of(1, 2) },
    { class_labels: ints(7) },
    { class_labels: new Uint8Array(7) },
    { class_counts: ints(1, 1) },
    { class_counts: ints(4, -1) },
    { class_counts: ints(3, 0) },
    { class_name_ends: ints(7, 3) },
    { class_name_ends: ints(3, 99) },
  ]) {
    writeFileSync(file, encode('GalleryFile', { ...whole, ...wrong }));
    expect(() => readGallery(file)).toThrow('is no gallery, or it is damaged');
  }
});

test('the first format, with a list for each class, is read', () => {
  const file = path.join(folder, 'x.gallery');
  const gallery = add(one(), 'another', exemplar('a.png', 0, 40), exemplar('b.png', 4, 40)).gallery;
  writeGallery(file, gallery);
  const { class_names, class_name_ends, class_labels, class_counts, ...same } = decode(
    'GalleryFile',
    readFileSync(file),
  );
  const { classes } = gallery;
  const first = {
    ...same,
    format: 'siamese.gallery/1',
    names: classes.map(({ name }) => name),
    labels: classes.map(({ label }) => label),
    counts: classes.map(({ count }) => count),
  };
  writeFileSync(file, encode('GalleryFile', first));
  const plain = ({ classes, ...rest }: EnrolledGallery) => ({
    ...rest,
    classes: classes.map((known) => ({ ...known, exemplars: [...known.exemplars] })),
  });
  expect(plain(readGallery(file))).toEqual(plain(gallery));
});

test('exported lines come back the same, and only for the same encoder', () => {
  const gallery = add(one(), 'another', exemplar('a.png', 3, 7)).gallery;
  const text = [...galleryLines(gallery)].join('\n');
  const back = addExemplars(emptyGallery(centroids), readGalleryLines(text, 'f', gallery.encoder), centroids);
  expect(back.gallery).toEqual(gallery);
  expect(() => readGalleryLines(text, 'f', 'x')).toThrow('f does not belong to this net');
  expect(() => readGalleryLines('{}', 'f', 'x')).toThrow('this is no exported gallery');
  expect(() => readGalleryLines(`${text}\n{"class":"a"}`, 'f', gallery.encoder)).toThrow('wanted: class, image');
});

test('trained and enrolled classes answer alike; a class with two centroids is as near as the nearer', () => {
  const gallery = add(one(), '2', exemplar('far two', 180, 180)).gallery;
  const matcher = new Matcher(knownClasses(centroids, gallery));
  const [near, far, between] = matcher.match(Float32Array.of(50, 88, 90, 86, 88, 12));
  expect(near).toMatchObject({ name: 'new', enrolled: true, distance: 2, unknown: false, runnerUp: { name: '2' } });
  expect(far).toMatchObject({ name: '2', label: 2, distance: 4, runnerUp: { name: 'new', label: 3 } });
  expect(between).toMatchObject({ name: '2', runnerUp: { name: '1' } });
  expect(
    new Matcher(knownClasses(centroids, gallery, { which: 'trained' })).match(Float32Array.of(50, 88))[0]!.name,
  ).toBe('1');
  expect(
    new Matcher(knownClasses(centroids, gallery, { which: 'enrolled' })).match(Float32Array.of(10, 10))[0]!.name,
  ).toBe('new');
  expect(() => knownClasses(centroids, undefined, { which: 'enrolled' })).toThrow('no class is enrolled');
});

test('neighbours: exemplars beside the training images, thresholds from the same rule', () => {
  const gallery = add(one(), 'new', exemplar('m.png', 104, 180)).gallery;
  const [match] = new Matcher(knownClasses(centroids, gallery, { k: 1 }), { k: 1 }).match(Float32Array.of(53, 90));
  const threshold = (gallery.classes[0]!.threshold * Math.SQRT2) / Math.sqrt(1.5);
  expect(match).toMatchObject({ name: 'new', distance: 1, threshold });
});

test('calibrated thresholds hold for the distance that they were measured with', () => {
  const calibration = { k: 0, threshold: 1, perClass: new Map([[3, 5]]) } as never;
  const limits = (k?: number) => {
    const { classes } = knownClasses(centroids, { ...one(), calibration }, { k });
    return classes.map(({ threshold }) => threshold);
  };
  expect(limits()).toEqual([1, 1, 5]);
  expect(limits(1)).toEqual([...centroids.classes, ...one().classes].map(({ threshold }) => threshold));
});
