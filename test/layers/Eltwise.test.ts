import { Eltwise } from '../reference/Eltwise';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { runLayer } from './harness';
import { testAgainstReference } from './reference-cases';

const three = [
  [17, 3, 2],
  [17, 3, 2],
  [17, 3, 2],
];

describe('Eltwise', () => {
  testGolden('Eltwise');
  testAgainstReference('Eltwise', [
    { name: 'a sum of two', shapes: three.slice(1), reference: Eltwise() },
    { name: 'a sum', shapes: three, reference: Eltwise() },
    {
      name: 'a sum with coefficients',
      options: 'eltwise_param { coeff: 1.5 coeff: -1 coeff: 0 }',
      shapes: three,
      reference: Eltwise('SUM', [1.5, -1, 0]),
    },
    { name: 'a product', options: 'eltwise_param { operation: PROD }', shapes: three, reference: Eltwise('PROD') },
    {
      name: 'a product by division',
      options: 'eltwise_param { operation: PROD stable_prod_grad: false }',
      shapes: three,
      reference: Eltwise('PROD'),
      values: (_, random) => random() + 0.5,
    },
    { name: 'a maximum', options: 'eltwise_param { operation: MAX }', shapes: three, reference: Eltwise('MAX') },
  ]);

  it('gives the gradient of equal maxima as Caffe does', async () => {
    const equal = { shape: [1], data: [1] };
    const { bottomDiffs } = await runLayer({
      layer: 'type: "Eltwise" eltwise_param { operation: MAX }',
      bottoms: [equal, equal, equal],
      topDiffs: [[5]],
    });
    expect(bottomDiffs.map((diff) => diff![0])).toEqual([0, 5, 0]);
  });

  testErrors('Eltwise', [
    {
      name: 'other shapes',
      shapes: [
        [2, 3],
        [3, 2],
      ],
      message: /"bottom1" is 3 x 2, but must have .* 2 x 3/,
      at: '"bottom1"',
    },
    {
      name: 'too few coefficients',
      options: 'eltwise_param { coeff: 1 }',
      shapes: three,
      message: /1 coeff for 3 bottoms/,
      at: '1 }',
    },
    {
      name: 'coefficients of a product',
      options: 'eltwise_param { operation: PROD coeff: 2 coeff: 2 }',
      shapes: three.slice(1),
      message: /coeff means nothing for operation PROD/,
      at: '2 coeff',
    },
    { name: 'one bottom', shapes: [[2]], message: /at least 2 bottoms/ },
  ]);
});
