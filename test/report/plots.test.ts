/** Training logs, pair distances, weight maps and the page of a report. */
import {
  confusionMatrix,
  curves,
  pairDistances,
  readTrainingLog,
  reportHtml,
  rocOf,
  toPng,
  toSvg,
  umap,
  weightMaps,
} from '../../src/report/index';

jest.setTimeout(240_000); // UMAP is seconds of computing, on a busy machine minutes

const LOG = `I1124 08:44:19.852048 25449 solver.cpp:347] Iteration 0, Testing net (#0)
I1124 08:44:21.434186 25449 solver.cpp:414]     Test net output #0: accuracy = 0.25
I1124 08:44:21.434187 25449 solver.cpp:414]     Test net output #1: loss = 23.7273 (* 1 = 23.7273 loss)
I1124 08:44:21.722410 25449 solver.cpp:239] Iteration 0 (0 iter/s, 1.871s/200 iters), loss = 23.6799
I1124 08:44:21.722706 25449 sgd_solver.cpp:112] Iteration 0, lr = 0.005
I1124 08:44:28.563990 25449 solver.cpp:239] Iteration 200 (29.2328 iter/s, 6.842s/200 iters), loss = 4.9136
I1124 08:44:28.563991 25449 solver.cpp:239] Iteration 400, loss = nan`;

test("Caffe's log, old form and new, and JSON lines: the same series", () => {
  const series = readTrainingLog(LOG);
  expect(series.map(({ name, iterations, values }) => [name, iterations, values])).toEqual([
    ['test accuracy', [0], [0.25]],
    ['test loss', [0], [23.7273]],
    ['train loss', [0, 200, 400], [23.6799, 4.9136, Number.NaN]],
    ['learning rate', [0], [0.005]],
  ]);
  const display = { schema: 'siamese.train.display/1', iteration: 5, loss: 2, smoothedLoss: 3, lr: 0.1, outputs: [] };
  const tests = { schema: 'siamese.train.test/1', iteration: 5, net: 1, outputs: [{ name: 'acc', value: 0.5 }] };
  const lines = readTrainingLog(`${JSON.stringify(display)}\n${JSON.stringify(tests)}\n{"cut`);
  expect(lines.map(({ name, values }) => [name, values])).toEqual([
    ['train loss', [3]],
    ['learning rate', [0.1]],
    ['test acc (net 1)', [0.5]],
  ]);
  expect(readTrainingLog('no log at all\n')).toEqual([]);
  expect(toPng(curves(series, { title: 't' })).length).toBeGreaterThan(1000);
});

test('pairs and ROC by hand: one different pair is nearer than one same pair', () => {
  // Same: 1 (0-1) and 4 (10-14). Different: 10, 14, 9, 13.
  const pairs = pairDistances(Float32Array.of(0, 1, 10, 14), [0, 0, 1, 1], 1);
  expect([[...pairs.same], [...pairs.different], pairs.exhaustive]).toEqual([[1, 4], [9, 10, 13, 14], true]);
  expect(rocOf(pairs)).toMatchObject({ auc: 1, eer: 0, threshold: 4 });
  const mixed = rocOf({ same: Float32Array.of(1, 3), different: Float32Array.of(2, 4), exhaustive: true });
  // Of the four combinations one is in the wrong order.
  expect(mixed).toMatchObject({ auc: 0.75, eer: 0.5 });
  const tied = rocOf({ same: Float32Array.of(1), different: Float32Array.of(1), exhaustive: true });
  expect(tied.auc).toBe(0.5);
});

test('many pairs are drawn, of the right kind', () => {
  const labels = Array.from({ length: 2000 }, (_, i) => i % 2);
  const { same, different, exhaustive } = pairDistances(
    Float32Array.from(labels, (l) => l * 3),
    labels,
    1,
  );
  expect([exhaustive, same.length, different.length]).toEqual([false, 100_000, 100_000]);
  expect([same.at(-1), different[0]]).toEqual([0, 3]);
});

const blob = (shape: number[], data: number[]) => ({ shape, data: Float32Array.from(data) });
const NET = {
  name: 'n',
  layers: [
    { name: 'conv', type: 'Convolution', blobs: [blob([2, 1, 2, 2], [1, -1, 0, 0, 1, 1, 1, 1]), blob([2], [0, 1])] },
    { name: 'conv_p', type: 'Convolution', blobs: [blob([2, 1, 2, 2], [1, -1, 0, 0, 1, 1, 1, 1]), blob([2], [0, 1])] },
    { name: 'ip', type: 'InnerProduct', blobs: [blob([2, 4], [1, 2, 3, 4, 5, 6, 7, 8])] },
    { name: 'relu', type: 'ReLU', blobs: [] },
  ],
};

test('weights: shared ones once, filters as tiles, rows of a first inner product as images, differences', () => {
  const svg = toSvg(weightMaps(NET, { title: 'w', image: [1, 2, 2] }));
  expect(svg).toContain('>also conv_p</text>');
  expect(svg).toContain('conv  Convolution 2 x 1 x 2 x 2');
  expect(svg.match(/8 weights/g)).toHaveLength(2);
  const only = weightMaps(NET, { title: 'w', layer: 'ip' });
  expect(toSvg(only)).not.toContain('Convolution');
  const { shapes } = weightMaps(NET, { title: 'w', layer: 'conv' });
  const map = shapes.find((shape) => shape.kind === 'bitmap')!;
  // Two tiles of 2 x 2 side by side with lines between them; the first dot is full red, the second full blue.
  expect(map.bitmap).toMatchObject({ width: 7, height: 4 });
  const dot = (x: number, y: number) => [...map.bitmap.rgb.subarray((y * 7 + x) * 3, (y * 7 + x) * 3 + 3)];
  expect([dot(1, 1), dot(2, 1), dot(1, 2)]).toEqual([
    [190, 30, 45],
    [33, 90, 172],
    [255, 255, 255],
  ]);
  const changed = toSvg(weightMaps(NET, { title: 'w', layer: 'ip', minus: NET }));
  expect(changed).toContain('100.0 % are zero');
});

test('a confusion matrix of few classes has numbers, one of many has none', () => {
  const few = toSvg(
    confusionMatrix(
      [
        [9, 1],
        [0, 7],
      ],
      { title: 'c', classes: [{ name: 'cat' }, { name: 'dog' }] },
    ),
  );
  expect(few).toContain('>9</text>');
  expect(few).toContain('>90.0 %</text>');
  const many = Array.from({ length: 100 }, () => new Array(100).fill(1));
  const picture = confusionMatrix(many, { title: 'c', classes: many.map((_, i) => ({ name: `class ${i}` })) });
  expect(toSvg(picture)).not.toContain('>1</text>');
});

test('UMAP keeps two clusters apart, the same each time', () => {
  const labels = Array.from({ length: 60 }, (_, i) => i % 2);
  const encodings = Float32Array.from({ length: 240 }, (_, i) => labels[i >> 2]! * 50 + Math.sin(i * i));
  const { points } = umap(encodings, labels, 4);
  expect([...umap(encodings, labels, 4).points]).toEqual([...points]);
  const middle = (label: number, axis: number) => {
    const own = labels.flatMap((l, i) => (l === label ? [points[2 * i + axis]!] : []));
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  };
  expect(Math.hypot(middle(0, 0) - middle(1, 0), middle(0, 1) - middle(1, 1))).toBeGreaterThan(3);
});

test('a report opens offline', () => {
  const picture = curves(readTrainingLog(LOG), { title: 't' });
  const html = reportHtml({ title: 'a < b', facts: [['x', '1']], sections: [{ heading: 'h', note: 'n', picture }] });
  expect(html).toContain('<h1>a &lt; b</h1>');
  expect(html).toContain('<svg ');
  expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script|src="(?!data:)/);
});
