/** Folders of folders of images: classes, order, sizes, and every unreadable file by name. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { openSource } from '../../src/data/open-source';
import { SiameseError } from '../../src/errors';
import { onlyDataErrors, removeTempFolders, tempFolder } from './fixtures';
import { grayPng, writePng } from './png-writer';

afterAll(removeTempFolders);

const gray = (value: number, width = 2, height = 2) =>
  grayPng(width, height, new Uint8Array(width * height).fill(value));
const red = writePng({ width: 2, height: 2, bitDepth: 8, colorType: 2, sample: (_x, _y, c) => [255, 0, 0][c]! });

function tree(files: Record<string, Uint8Array>): string {
  const root = tempFolder();
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), bytes);
  }
  return root;
}

const help = async (root: string): Promise<string> => {
  const error = await openSource(root).then(
    (source) => source.all(),
    (e) => e,
  );
  return error instanceof SiameseError ? (error.help ?? '') : '';
};

test('classes are the folders, sorted, and their images sorted within', async () => {
  const root = tree({
    'zebra/b.png': gray(1),
    'zebra/a.PNG': gray(2),
    'Ant/1.png': gray(3),
    'bee/10.png': gray(4),
    'bee/9.png': gray(5),
    'bee/notes.txt': Buffer.from('ignored'),
    '.git/x.png': gray(6),
  });
  const source = await openSource(root);
  expect(source.info).toEqual({
    name: root,
    kind: 'folder',
    count: 5,
    channels: 1,
    height: 2,
    width: 2,
    classNames: ['Ant', 'bee', 'zebra'],
  });
  const set = await source.all();
  expect([...set.labels]).toEqual([0, 1, 1, 2, 2]);
  expect(set.bytes!.filter((_, i) => i % 4 === 0)).toEqual(Uint8Array.of(3, 4, 5, 2, 1));
  expect(await Promise.all([0, 1, 2, 3, 4].map((i) => source.key(i)))).toEqual([
    'Ant/1.png',
    'bee/10.png',
    'bee/9.png',
    'zebra/a.PNG',
    'zebra/b.png',
  ]);
  expect((await source.read(Int32Array.of(4, 0))).bytes).toEqual(Uint8Array.of(1, 1, 1, 1, 3, 3, 3, 3));
});

test('a class may be a link to a folder elsewhere, and a link to nowhere is named', async () => {
  const elsewhere = tree({ 'photos/1.png': gray(1), 'photos/2.png': gray(2) });
  const root = tree({ 'a/1.png': gray(3) });
  symlinkSync(path.join(elsewhere, 'photos'), path.join(root, 'b'));
  expect([...(await (await openSource(root)).labels())]).toEqual([0, 1, 1]);
  symlinkSync(path.join(elsewhere, 'none'), path.join(root, 'a', '9.png'));
  expect(await onlyDataErrors(() => openSource(root))).toMatch(/1 image cannot be read: a\/9.png/);
});

test('one image in colour makes all of them colour, unless gray is forced', async () => {
  const root = tree({ 'a/1.png': gray(9), 'b/1.png': red });
  const set = await (await openSource(root)).all();
  expect(set.channels).toBe(3);
  expect([...set.bytes!]).toEqual([...new Array(12).fill(9), 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255]);
  const forced = await (await openSource(root, undefined, { channels: 1 })).all();
  expect([...forced.bytes!]).toEqual([9, 9, 9, 9, 76, 76, 76, 76]);
});

describe('alphabets of characters', () => {
  const root = () =>
    tree({
      'Greek/character01/1.png': gray(1),
      'Greek/character02/1.png': gray(2),
      'Latin/character01/1.png': gray(3),
    });

  test('the characters are the classes, told apart by their alphabet, and it is said', async () => {
    const { info } = await openSource(root());
    expect(info.classNames).toEqual(['Greek/character01', 'Greek/character02', 'Latin/character01']);
    expect(info.notes).toHaveLength(1);
    expect(info.notes![0]).toMatch(/each of the 3 innermost ones is a class \("Greek\/character01"\), not the 2 outer/);
  });

  test('images beside folders of images are no layout at all', async () => {
    const mixed = tree({ 'cat/1.png': gray(1), 'cat/kittens/1.png': gray(2), 'dog/1.png': gray(3) });
    expect(await onlyDataErrors(() => openSource(mixed))).toMatch(
      /is "cat" a class, or "cat\/kittens"\? Both hold images/,
    );
  });
});

test('images of any size and kind are brought to the size asked for', async () => {
  const wide = await sharp(Buffer.alloc(8 * 4, 90), { raw: { width: 8, height: 4, channels: 1 } });
  const root = tree({
    'a/1.png': gray(1),
    'a/2.jpg': await wide.clone().jpeg().toBuffer(),
    'b/3.webp': await wide.clone().webp({ lossless: true }).toBuffer(),
  });
  expect(await help(root)).toMatch(/--size HxW, or new_height and new_width in data_param/);
  const options = { size: { height: 2, width: 3 }, channels: 1 as const };
  const source = await openSource(root, undefined, options);
  expect(source.info).toMatchObject({ count: 3, channels: 1, height: 2, width: 3 });
  const { bytes } = await source.all();
  expect([...bytes!]).toEqual([...new Array(6).fill(1), ...new Array(12).fill(90)]);
  expect([...(await source.read(Int32Array.of(2))).bytes!]).toEqual(new Array(6).fill(90));
});

describe('refused', () => {
  test('images outside any class', async () => {
    const root = tree({ '1.png': gray(1), 'a/1.png': gray(1) });
    expect(await onlyDataErrors(() => openSource(root))).toMatch(/holds images itself \(1.png\), outside any class/);
  });

  test('every unreadable image is named at once', async () => {
    const files: Record<string, Uint8Array> = { 'a/good.png': gray(1) };
    for (let i = 10; i < 24; i++) files[`a/bad${i}.png`] = Buffer.from('no image at all, however long it is');
    const root = tree(files);
    expect(await onlyDataErrors(() => openSource(root))).toMatch(
      /14 images cannot be read: a\/bad10.png, a\/bad11.png, .*a\/bad19.png and 4 more$/,
    );
    expect(await help(root)).toMatch(/a\/bad10.png: cannot read this image: it is of no format that is known/);
  });

  test('also those damaged behind the header, when they are read', async () => {
    const root = tree({ 'a/1.png': gray(1), 'a/2.png': gray(2).subarray(0, 60), 'b/3.png': gray(3).subarray(0, 50) });
    const source = await openSource(root);
    expect(await onlyDataErrors(() => source.all())).toMatch(/2 images cannot be read: a\/2.png, b\/3.png$/);
    expect((await source.read(Int32Array.of(0))).bytes).toEqual(Uint8Array.of(1, 1, 1, 1));
  });

  test('images of several sizes', async () => {
    const root = tree({ 'a/1.png': gray(1), 'a/2.png': gray(1), 'b/3.png': gray(1, 3, 2) });
    expect(await onlyDataErrors(() => openSource(root))).toMatch(
      /most images are of 2 x 2 \(height x width\), but of 2 x 3: b\/3.png/,
    );
  });

  test('a JPEG that is none, and kinds that are not read', async () => {
    const cut = tree({ 'a/1.png': gray(1), 'a/2.jpg': Buffer.from([255, 216, 255]) });
    expect(await onlyDataErrors(() => openSource(cut))).toMatch(/1 image cannot be read: a\/2.jpg/);
    expect(await help(cut)).toMatch(/a\/2.jpg: cannot read this JPEG image: /);
    const raw = tree({ 'a/1.png': gray(1), 'a/2.heic': Buffer.from([1]) });
    expect(await onlyDataErrors(() => openSource(raw))).toMatch(/a\/2.heic: images of a kind that is not supported/);
  });

  test('nothing, and a file', async () => {
    const root = tree({ 'a/readme.md': Buffer.from('hello') });
    expect(await onlyDataErrors(() => openSource(root))).toMatch(/nothing to read in it/);
    expect(await onlyDataErrors(() => openSource(path.join(root, 'a/readme.md')))).toMatch(/is no data set/);
  });
});
