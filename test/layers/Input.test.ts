import { testErrors } from './errors';
import { openLayer } from './harness';

describe('Input', () => {
  it('holds what is written into it', async () => {
    const layer = openLayer({
      layer: 'type: "Input" input_param { shape { dim: 17 dim: 2 } }',
      bottoms: [],
      tops: 2,
    });
    const values = Float32Array.from({ length: 34 }, (_, i) => i);
    layer.engine.write('top1', values);
    const { tops } = await layer.run();
    expect(tops.map(({ shape }) => shape)).toEqual([
      [17, 2],
      [17, 2],
    ]);
    expect(tops[1]!.data).toEqual(values);
    layer.engine.dispose();
  });
  testErrors('Input', [
    { name: 'no shape', shapes: [], message: /0 shapes for 1 tops/ },
    {
      name: 'two shapes for three tops',
      options: 'input_param { shape { dim: 1 } shape { dim: 2 } }',
      shapes: [],
      tops: 3,
      message: /2 shapes for 3 tops/,
      at: 'input_param',
    },
    {
      name: 'a dimension of 0',
      options: 'input_param { shape { dim: 1 dim: 0 } }',
      shapes: [],
      message: /at least 1, not 1 x 0/,
      at: 'shape',
    },
  ]);
});
