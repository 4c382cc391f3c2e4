import { testErrors } from './errors';
import { type LayerCase, openLayer } from './harness';

const layerCase = (options: string, tops = 1): LayerCase => ({
  layer: `type: "DummyData" dummy_data_param { ${options} }`,
  bottoms: [],
  tops,
});

describe('DummyData', () => {
  it('fills each top by its filler', async () => {
    const layer = openLayer(
      layerCase(
        'data_filler { type: "constant" value: 3 } data_filler { type: "uniform" min: 5 max: 6 } ' +
          'shape { dim: 2 dim: 3 } shape { dim: 400 }',
        2,
      ),
    );
    const { tops } = await layer.run();
    expect(tops.map(({ shape }) => shape)).toEqual([[2, 3], [400]]);
    expect([...tops[0]!.data]).toEqual([3, 3, 3, 3, 3, 3]);
    expect(Math.min(...tops[1]!.data)).toBeGreaterThanOrEqual(5);
    expect(Math.max(...tops[1]!.data)).toBeLessThan(6);
    const again = await layer.run();
    expect(again.tops[0]).toEqual(tops[0]);
    expect(again.tops[1]).not.toEqual(tops[1]);
    layer.engine.dispose();
  });

  it('takes the old 4-d form, one value for all tops, and is 0 without a filler', async () => {
    const layer = openLayer(layerCase('num: 2 channels: 1 height: 3 height: 4 width: 2', 2));
    const { tops } = await layer.run();
    expect(tops.map(({ shape }) => shape)).toEqual([
      [2, 1, 3, 2],
      [2, 1, 4, 2],
    ]);
    expect(tops[1]!.data.every((x) => x === 0)).toBe(true);
    layer.engine.dispose();
  });

  it('goes on from its state', async () => {
    const random = layerCase('data_filler { type: "gaussian" std: 2 } shape { dim: 5 }');
    const layer = openLayer(random);
    await layer.run();
    const state = layer.engine.readState('tested');
    const second = await layer.run();
    const other = openLayer({ ...random, seed: 99 });
    other.engine.writeState('tested', state);
    expect(await other.run()).toEqual(second);
    layer.engine.dispose();
    other.engine.dispose();
  });

  testErrors('DummyData', [
    {
      name: 'no shape',
      options: 'dummy_data_param { }',
      shapes: [],
      message: /0 shape for 1 tops/,
      at: 'dummy_data_param',
    },
    {
      name: 'three fillers for two tops',
      options: 'dummy_data_param { data_filler { } data_filler { } data_filler { } shape { dim: 1 } }',
      shapes: [],
      tops: 2,
      message: /3 data_filler for 2 tops/,
      at: 'data_filler',
    },
    {
      name: 'both forms of shape',
      options: 'dummy_data_param { shape { dim: 1 } num: 3 }',
      shapes: [],
      message: /cannot be given together/,
      at: 'shape',
    },
    {
      name: 'a negative dimension',
      options: 'dummy_data_param { shape { dim: 2 dim: -1 } }',
      shapes: [],
      message: /from 0 to 2147483647, not 2 x -1/,
      at: 'shape',
    },
    {
      name: 'an unknown filler',
      options: 'dummy_data_param { data_filler { type: "gausian" } shape { dim: 1 } }',
      shapes: [],
      message: /unknown filler "gausian"/,
      at: '"gausian"',
    },
  ]);
});
