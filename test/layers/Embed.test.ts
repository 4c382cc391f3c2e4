import { Embed } from '../reference/Embed';
import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { openLayer } from './harness';
import { testAgainstReference } from './reference-cases';

const values = (_: number, random: () => number) => Math.floor(random() * 5);

describe('Embed', () => {
  testGolden('Embed');
  testAgainstReference('Embed', [
    {
      name: 'a table with a bias',
      options: 'embed_param { input_dim: 5 num_output: 3 }',
      shapes: [[17]],
      params: [[5, 3], [3]],
      gradients: [false],
      values,
      reference: Embed(),
    },
    {
      name: 'sequences, no bias',
      options: 'embed_param { input_dim: 5 num_output: 3 bias_term: false }',
      shapes: [[4, 2]],
      params: [[5, 3]],
      gradients: [false],
      values,
      reference: Embed(),
    },
  ]);
  it('refuses a number out of range', async () => {
    const bottoms = [{ shape: [2], data: [4, 5] }];
    const layer = openLayer({ layer: 'type: "Embed" embed_param { input_dim: 5 num_output: 1 }', bottoms });
    await expect(layer.run()).rejects.toMatchObject({ code: 'data', message: /label 5 of item 1 is outside \[0, 5\)/ });
    layer.engine.dispose();
  });
  testErrors('Embed', [
    {
      name: 'no table',
      options: 'embed_param { num_output: 3 }',
      shapes: [[2]],
      message: /input_dim must be at least 1/,
      at: 'embed_param',
    },
  ]);
});
