/** Who runs backward, and into which bottoms. */
import { DUMMY, errorOf, ip, loss, net } from './nets.js';

function flows(text: string): Record<string, string> {
  return Object.fromEntries(
    net(text).layers.map(({ param, needsBackward, propagateDown }) => [
      param.name,
      `${needsBackward ? 'B' : '-'}${propagateDown.map((down) => (down ? '1' : '0')).join('')}`,
    ]),
  );
}

test('backward runs from the loss down to the first layer that learns', () => {
  expect(flows(DUMMY + ip('a', 'x', 'h', 3) + ip('c', 'h', 'y', 2) + loss('y'))).toEqual({
    in: '-',
    a: 'B0',
    c: 'B1',
    l: 'B10',
  });
});

test('lr_mult 0 of all parameters freezes a layer, and what is below it stands still', () => {
  const frozen = 'param { lr_mult: 0 } param { lr_mult: 0 }';
  expect(
    flows(
      DUMMY +
        ip('a', 'x', 'h', 3, frozen) +
        ip('b', 'h', 'g', 3, 'param { lr_mult: 0 }') +
        ip('c', 'g', 'y', 2) +
        loss('y'),
    ),
  ).toEqual({ in: '-', a: '-0', b: 'B0', c: 'B1', l: 'B10' });
});

test('a frozen layer above one that learns still passes its gradient', () => {
  const frozen = 'param { lr_mult: 0 } param { lr_mult: 0 }';
  const built = net(DUMMY + ip('a', 'x', 'h', 3) + ip('c', 'h', 'y', 2, frozen) + loss('y'));
  expect(built.layers[2]).toMatchObject({
    needsBackward: true,
    propagateDown: [true],
    paramPropagateDown: [false, false],
  });
});

test('a branch under no loss does not run, the Split of its input does', () => {
  const text = `${DUMMY}${ip('a', 'x', 'y', 2)}${loss('y')}
    layer { name: "dead" type: "Power" bottom: "y" top: "z" }`;
  expect(flows(text)).toEqual({ in: '-', a: 'B0', y_a_0_split: 'B1', l: 'B10', dead: '-0' });
});

test('propagate_down: false stops the gradient, and all below it that has no other way', () => {
  const text = DUMMY + ip('a', 'x', 'h', 3) + ip('c', 'h', 'y', 2, 'propagate_down: false') + loss('y');
  expect(flows(text)).toEqual({ in: '-', a: '-0', c: 'B0', l: 'B10' });
});

test('propagate_down: true asks for the gradient of the data', () => {
  const built = net(DUMMY + ip('a', 'x', 'y', 2, 'propagate_down: true') + loss('y'));
  expect(built.layers[1]!.propagateDown).toEqual([true]);
  expect(built.blobs.filter(({ needsDiff }) => needsDiff).map(({ name }) => name)).toEqual(['x', 'y', 'loss']);
});

test('propagate_down must be given for all bottoms or none', () => {
  const text = `${DUMMY}${ip('a', 'x', 'y', 2)}
layer { name: "l" type: "EuclideanLoss" bottom: "y" bottom: "t" top: "loss"
  propagate_down: true }`;
  expect(errorOf(() => net(text))).toBe(
    `net.prototxt:6:3: error: layer "l" (EuclideanLoss): propagate_down is given 1 times for 2 bottoms
 6 |   propagate_down: true }
   |   ^
  help: give none, or one for each bottom`,
  );
});

test('force_backward makes everything run, but for bottoms that may not be forced', () => {
  const text = `force_backward: true ${DUMMY}${ip('a', 'x', 'h', 3)}${ip('c', 'h', 'y', 2)}
    layer { name: "label" type: "DummyData" top: "label" dummy_data_param { shape { dim: 4 } } }
    layer { name: "s" type: "SoftmaxWithLoss" bottom: "y" bottom: "label" top: "loss" }`;
  expect(flows(text)).toEqual({ in: 'B', a: 'B1', c: 'B1', label: 'B', s: 'B10' });
});

test('a label that learns is an error, placed at the bottom', () => {
  const text = `${DUMMY}${ip('a', 'x', 'y', 2)}
${ip('b', 'x', 'label', 1)}
layer { name: "s" type: "SoftmaxWithLoss"
  bottom: "y" bottom: "label" top: "loss" }`;
  expect(errorOf(() => net(text))).toBe(
    `net.prototxt:8:15: error: layer "s" (SoftmaxWithLoss): cannot pass a gradient to bottom 1, "label"
 8 |   bottom: "y" bottom: "label" top: "loss" }
   |               ^
  help: labels must come from layers that learn nothing, or set propagate_down: false for this bottom`,
  );
});

test('blobs that need a gradient are those that some layer writes one for', () => {
  const built = net(`${DUMMY}${ip('a', 'x', 'y', 2)}${loss('y')}
    layer { name: "dead" type: "Power" bottom: "y" top: "z" }`);
  expect(built.blobs.filter(({ needsDiff }) => needsDiff).map(({ name }) => name)).toEqual([
    'y',
    'y_a_0_split_0',
    'loss',
  ]);
});
