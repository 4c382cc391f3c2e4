/** Drawings of nets: a box a layer, none over another, towers in order, shared weights marked. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildNet } from '../../src/net/net';
import { parseNet } from '../../src/proto/files';
import { netBoxes } from '../../src/report/net-boxes';
import { drawNet } from '../../src/report/net-drawing';
import type { Picture, Shape } from '../../src/report/picture';
import { toSvg } from '../../src/report/svg';
import { GOOGLENET } from '../net/big-nets';

const SIAMESE = readFileSync(path.join(__dirname, '../../models/siamese_mnist/train_val.prototxt'), 'utf8');
const build = (text: string, shape: [number, number, number]) =>
  buildNet(parseNet(text, 'net.prototxt').message, { phase: 'TRAIN', recordShapes: () => shape, labelCount: 10 });
const siamese = build(SIAMESE, [1, 28, 28]);

type Rectangle = Extract<Shape, { kind: 'rectangle' }>;

/** The boxes of layers are the rounded rectangles below the legend that have a rim. */
const rectangles = (picture: Picture) =>
  picture.shapes.filter(
    (s): s is Rectangle => s.kind === 'rectangle' && s.radius === 6 && s.style.stroke !== undefined,
  );
const placeOf = (picture: Picture, text: string) =>
  picture.shapes.find((s): s is Extract<Shape, { kind: 'text' }> => s.kind === 'text' && s.text === text)!;

test('what each box says', () => {
  const { boxes, connections } = netBoxes(siamese);
  const box = (name: string) => boxes.find(({ lines }) => lines[0] === name)!;
  // 19 layers, of which the two ReLU work in place.
  expect([boxes.length, connections.length]).toEqual([17, 18]);
  expect(box('conv2').lines).toEqual(['conv2', 'Convolution 5x5', '64 x 50 x 8 x 8']);
  expect(box('pool1').lines[1]).toBe('Pooling MAX 2x2, stride 2');
  expect(box('ip1')).toMatchObject({ inPlace: ['ReLU'], family: 'learned' });
  expect(box('conv2_p')).toMatchObject({ sharedWith: 'conv2', group: box('conv2').group });
  expect(box('conv1').group).not.toBe(box('conv2').group);
  expect(new Set(connections.map(({ label }) => label))).toEqual(new Set(['pair_data', 'sim', 'data', 'data_p', '']));
});

test.each(['top-down', 'left-to-right'] as const)('%s: data first, loss last, first tower first', (direction) => {
  const picture = drawNet(siamese, { title: 'siamese', direction });
  const along = direction === 'top-down' ? 'y' : 'x';
  const across = direction === 'top-down' ? 'x' : 'y';
  expect(placeOf(picture, 'pair_data')[along]).toBeLessThan(placeOf(picture, 'conv1')[along]);
  expect(placeOf(picture, 'feat')[along]).toBeLessThan(placeOf(picture, 'loss')[along]);
  expect(placeOf(picture, 'conv1')[across]).toBeLessThan(placeOf(picture, 'conv1_p')[across]);
  expect(placeOf(picture, '= weights of conv1')).toBeDefined();
});

test.each([
  ['siamese', siamese, 17],
  ['GoogLeNet', build(GOOGLENET, [3, 224, 224]), 105],
] as const)('%s: no box over another or beyond the picture', (title, net, count) => {
  const picture = drawNet(net, { title });
  const boxes = rectangles(picture);
  expect(boxes).toHaveLength(netBoxes(net).boxes.length);
  expect(boxes.length).toBeLessThanOrEqual(count);
  for (const [i, a] of boxes.entries()) {
    expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= picture.width && a.y + a.height <= picture.height).toBe(true);
    for (const b of boxes.slice(i + 1)) {
      const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
      expect([a, b, apart]).toEqual([a, b, true]);
    }
  }
  expect(toSvg(picture)).toMatch(/^<svg .*<\/svg>\n$/s);
});
