import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { removeTempFolders, tempFolder } from '../data/fixtures';
import { closeNets, failure, openNet, passes } from './fed-nets';

afterEach(closeNets);
afterAll(removeTempFolders);

const solid = (value: number, width: number, height: number) =>
  sharp(Buffer.alloc(width * height * 3, value), { raw: { width, height, channels: 3 } });

/** Images 0.png, 1.jpg, 2.webp, ... each of one value, 10, 20, ..., and a list of them. */
async function images(count: number, size = (_i: number): [number, number] => [4, 3]): Promise<string> {
  const folder = tempFolder();
  mkdirSync(path.join(folder, 'some images'));
  const lines: string[] = [];
  for (let i = 0; i < count; i++) {
    const image = solid(10 * (i + 1), ...size(i));
    const [end, bytes] =
      i % 3 === 0
        ? ['png', image.png()]
        : i % 3 === 1
          ? ['jpg', image.jpeg({ quality: 100 })]
          : ['webp', image.webp({ lossless: true })];
    writeFileSync(path.join(folder, 'some images', `${i}.${end}`), await bytes.toBuffer());
    lines.push(`some images/${i}.${end} ${i + 100}`);
  }
  writeFileSync(path.join(folder, 'list.txt'), `${lines.join('\n')}\n`);
  return folder;
}

const layer = (options: string, transform = '') => `
layer { name: "data" type: "ImageData" top: "data" top: "label"
  image_data_param { source: "list.txt" ${options} }
  transform_param { ${transform} } }`;

test('in the order of the list, again and again; names may have blanks', async () => {
  const restarts: string[] = [];
  const net = await openNet(layer('batch_size: 2'), await images(3), { onRestart: (name) => restarts.push(name) });
  expect(net.net.blobs.map(({ shape }) => shape)).toEqual([[2, 3, 3, 4], [2]]);
  expect(await passes(net, 4, 'label')).toEqual([
    [100, 101],
    [102, 100],
    [101, 102],
    [100, 101],
  ]);
  expect(restarts).toEqual(['data', 'data']);
});

test('pixels, scaled, resized, gray, with a mean', async () => {
  const folder = await images(2, (i) => (i === 0 ? [8, 4] : [5, 5]));
  const net = await openNet(
    layer('batch_size: 2 new_height: 2 new_width: 3 is_color: false', 'scale: 0.5 mean_value: 4'),
    folder,
  );
  expect(net.net.blobs[0]!.shape).toEqual([2, 1, 2, 3]);
  expect(await passes(net, 1, 'data')).toEqual([[...new Array(6).fill(3), ...new Array(6).fill(8)]]);
});

test('root_folder stands before each name', async () => {
  const folder = await images(2);
  writeFileSync(path.join(folder, 'list.txt'), '0.png 7\n1.jpg 8\n');
  const net = await openNet(layer('batch_size: 2 root_folder: "some images/"'), folder);
  expect(await passes(net, 1, 'label')).toEqual([[7, 8]]);
});

describe.each([
  ['resident', undefined],
  ['streamed', 1],
])('shuffled, %s', (_, residentLimit) => {
  test('each once an epoch, by seed, and taken up where it stood', async () => {
    const folder = await images(7);
    const settings = { seed: 5, ...(residentLimit !== undefined && { residentLimit }) };
    const text = layer('batch_size: 3 shuffle: true', 'crop_size: 2 mirror: true');
    const net = await openNet(text, folder, settings);
    const labels = (await passes(net, 7, 'label')).flat();
    for (const epoch of [labels.slice(0, 7), labels.slice(7, 14), labels.slice(14)]) {
      expect([...epoch].sort()).toEqual([100, 101, 102, 103, 104, 105, 106]);
    }
    expect(labels.slice(0, 7)).not.toEqual(labels.slice(7, 14));
    const again = await openNet(text, folder, settings);
    expect((await passes(again, 4, 'label')).flat()).toEqual(labels.slice(0, 12));
    const resumed = await openNet(text, folder, { ...settings, seed: 77 });
    resumed.supply.restore(JSON.parse(JSON.stringify(again.supply.state())));
    expect((await passes(resumed, 3, 'label')).flat()).toEqual(labels.slice(12));
  });
});

describe('refused', () => {
  test('a list that is missing, empty, or without labels', async () => {
    const folder = await images(1);
    expect(await failure(layer('').replace('list.txt', 'none.txt'), folder)).toMatch(
      /^data: .*net.prototxt:3:22: error: layer "data" \(ImageData\): cannot open the list of images none.txt: there is no such file/,
    );
    writeFileSync(path.join(folder, 'list.txt'), '\n');
    expect(await failure(layer(''), folder)).toMatch(/list.txt names no images/);
    writeFileSync(path.join(folder, 'list.txt'), 'some images/0.png 1\nsome images/0.png\n');
    expect(await failure(layer(''), folder)).toMatch(
      /list.txt, line 2: "some images\/0.png" is no file name with a label/,
    );
  });

  test('images that are missing, damaged or of another size, all by name', async () => {
    const folder = await images(4, (i) => [4, i === 3 ? 5 : 3]);
    writeFileSync(path.join(folder, 'some images', '1.jpg'), Buffer.from([255, 216, 255, 224, 0, 16]));
    writeFileSync(path.join(folder, 'list.txt'), '0.png 0\n1.jpg 1\nabsent.png 2\n3.png 3\n');
    const text = await failure(layer('root_folder: "some images/"'), folder);
    expect(text).toMatch(/3 images cannot be read: some images\/1.jpg, some images\/3.png, some images\/absent.png/);
  });

  test('half a size, a crop that is too large, no batch, one top', async () => {
    const folder = await images(1);
    expect(await failure(layer('new_height: 3'), folder)).toMatch(/new_height and new_width must be given together/);
    expect(await failure(layer('', 'crop_size: 4'), folder)).toMatch(/crop_size 4 is larger than the records, 3 x 4/);
    expect(await failure(layer('batch_size: 0'), folder)).toMatch(/batch_size must be at least 1/);
    expect(await failure(layer('').replace('top: "label"', ''), folder)).toMatch(/2/);
  });
});
