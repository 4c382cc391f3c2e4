import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { cropWindow, type WindowOptions } from '../../src/data/window-crop';
import { removeTempFolders, tempFolder } from '../data/fixtures';
import { closeNets, failure, openNet, passes } from './fed-nets';

afterEach(closeNets);
afterAll(removeTempFolders);

const [WIDTH, HEIGHT] = [10, 8];

/** An image whose pixel (x, y) is 20 + 10 x in every channel, with windows: two foreground, one between, two background. */
async function windows(): Promise<string> {
  const folder = tempFolder();
  const pixels = Buffer.from(
    Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => 20 + 10 * (Math.floor(i / 3) % WIDTH)),
  );
  const image = sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
  writeFileSync(path.join(folder, 'a.png'), await image.png().toBuffer());
  const lines = ['# 0', 'a.png', '3', String(HEIGHT), String(WIDTH), '5'];
  lines.push('4 0.9 0 0 3 3', '7 0.6 5 2 8 5', '2 0.4 1 1 4 4', '0 0.1 2 2 5 5', '0 0 6 4 9 7');
  writeFileSync(path.join(folder, 'w.txt'), `${lines.join('\n')}\n`);
  return folder;
}

const layer = (options = '', transform = 'crop_size: 4') => `
layer { name: "data" type: "WindowData" top: "data" top: "label"
  window_data_param { source: "w.txt" batch_size: 8 fg_threshold: 0.5 bg_threshold: 0.3 ${options} }
  transform_param { ${transform} } }`;

test('background first, then foreground, in the share that is asked for', async () => {
  const net = await openNet(layer('fg_fraction: 0.4'), await windows());
  expect(net.net.blobs.map(({ shape }) => shape)).toEqual([[8, 3, 4, 4], [8]]);
  const labels = await passes(net, 20, 'label');
  for (const batch of labels) {
    expect(batch.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
    expect(batch.slice(5).every((label) => label === 4 || label === 7)).toBe(true);
  }
  expect(new Set(labels.flat())).toEqual(new Set([0, 4, 7]));
});

test('pixels of windows of the size of the crop are those of the image, mean and scale applied', async () => {
  const net = await openNet(layer('fg_fraction: 1', 'crop_size: 4 mean_value: 20 scale: 0.1'), await windows());
  const rows = { 4: [0, 1, 2, 3], 7: [5, 6, 7, 8] };
  const [data] = await passes(net, 1, 'data');
  const labels = [...net.engine.read('label')] as (4 | 7)[];
  for (const [i, label] of labels.entries()) {
    const image = data!.slice(i * 48, (i + 1) * 48);
    image.forEach((value, k) => {
      expect(value).toBeCloseTo(rows[label]![k % 4]!, 5);
    });
  }
});

test('mirrored by a coin, by seed, and taken up where it stood', async () => {
  const folder = await windows();
  const text = layer('fg_fraction: 0.25 cache_images: true', 'crop_size: 4 mirror: true');
  const net = await openNet(text, folder, { seed: 4 });
  const data = await passes(net, 6, 'data');
  const rising = data.flat().filter((_, i) => i % 4 === 0 && data.flat()[i + 1]! > data.flat()[i]!).length;
  expect(rising).toBeGreaterThan(0);
  expect(rising).toBeLessThan(data.flat().length / 4);
  const again = await openNet(text, folder, { seed: 4 });
  expect(await passes(again, 2, 'data')).toEqual(data.slice(0, 2));
  const resumed = await openNet(text, folder, { seed: 5 });
  resumed.supply.restore(JSON.parse(JSON.stringify(again.supply.state())));
  expect(await passes(resumed, 4, 'data')).toEqual(data.slice(2));
});

describe('context and squares', () => {
  const image = {
    channels: 1,
    height: HEIGHT,
    width: WIDTH,
    bytes: Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => 100 + (i % WIDTH)),
  };
  const crop = (box: [number, number, number, number], mirror: boolean, more: Partial<WindowOptions>) => {
    const [x1, y1, x2, y2] = box;
    const out = new Float32Array(64);
    const options = { cropSize: 8, contextPad: 0, square: false, scale: 1, means: [100], ...more };
    cropWindow(image, { image: 0, label: 1, x1, y1, x2, y2 }, mirror, options, out);
    return Array.from({ length: 8 }, (_, y) => [...out.subarray(8 * y, 8 * y + 8)]);
  };

  // A window of 4 x 4 with 2 of 8 pixels of context is expanded by 8 / 4: 8 pixels, round(2 - 4) = -2 to round(2 + 4) = 6,
  // which is nine, of which those from 0 on are left: seven, warped to round(7 * 8 / 9) = 6 behind round(2 * 8 / 9) = 2.
  test('what lies outside the image stays 0, on the other side when mirrored', () => {
    const plain = crop([0, 0, 3, 3], false, { contextPad: 2 });
    expect(plain.map((row) => row.map((value) => (value === 0 ? 0 : 1)))[0]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(plain[5]!.slice(0, 2)).toEqual([0, 0]);
    expect(plain[5]!.slice(2).every((value, i, row) => i === 0 || value >= row[i - 1]!)).toBe(true);
    expect(plain[5]![7]).toBeGreaterThan(4);
    const mirrored = crop([0, 0, 3, 3], true, { contextPad: 2 });
    expect(mirrored[5]).toEqual([...plain[5]!].slice(2).reverse().concat([0, 0]));
  });

  test('a square is as wide as the longer side', () => {
    // 2 x 6 about (5, 3): 6 wide, x from round(5 - 3) = 2 to round(5 + 3) = 8.
    const [row] = crop([4, 0, 5, 5], false, { square: true });
    expect(row![0]).toBeGreaterThanOrEqual(2);
    expect(row![0]).toBeLessThan(3);
    expect(row![7]).toBeGreaterThan(7);
    const [warped] = crop([4, 0, 5, 5], false, {});
    expect(warped![7]! - warped![0]!).toBe(1);
  });

  test('the centre of a mean image is taken', () => {
    const values = Float32Array.from({ length: 100 }, (_, i) => (i % 10) + 99);
    const rows = crop([1, 0, 8, 7], false, { meanImage: { values, height: 10, width: 10 } });
    // Mean column x + 1, image column x + 1: 100 + x + 1 - (99 + x + 1).
    expect(new Set(rows.flat())).toEqual(new Set([1]));
  });
});

describe('refused', () => {
  const edited = async (change: (text: string) => string) => {
    const folder = await windows();
    const file = path.join(folder, 'w.txt');
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    return failure(layer(), folder, 1);
  };

  test('windows outside their image, files that end early, other things', async () => {
    expect(await edited((text) => text.replace('8 5\n', '10 5\n'))).toMatch(
      /w.txt, line 8: the window 5 2 10 5 leaves its/,
    );
    expect(await edited((text) => text.replace('\n5\n', '\n9\n'))).toMatch(
      /the file ends where a window should be|is not CLASS/,
    );
    expect(await edited((text) => text.replace('# 0', 'a.png'))).toMatch(/w.txt, line 1: "a.png" is not "# INDEX"/);
    expect(await edited((text) => text.replace('\n3\n', '\n4\n'))).toMatch(/images of 4 channels are not read/);
    expect(await edited((text) => text.replace('7 0.6', '7 high'))).toMatch(/is not CLASS OVERLAP X1 Y1 X2 Y2/);
    expect(await edited((text) => text.replace('8 5\n', '7.5 5\n'))).toMatch(/is not CLASS OVERLAP X1 Y1 X2 Y2/);
    expect(await edited((text) => text.replace('\n8\n', '\n9\n'))).toMatch(
      /a.png is of 8 x 10, the window file says 9 x 10|leaves/,
    );
  });

  test('no foreground, no crop, an unknown mode', async () => {
    const folder = await windows();
    expect(await failure(layer('').replace('0.5', '0.95'), folder)).toMatch(/w.txt has no foreground windows/);
    expect(await failure(layer('', ''), folder)).toMatch(/crop_size is needed/);
    expect(await failure(layer('crop_mode: "round"'), folder)).toMatch(/crop_mode "round" is unknown/);
    expect(await failure(layer('context_pad: 2'), folder)).toMatch(/context_pad 2 leaves nothing/);
  });
});
