import { testErrors } from './errors';
import { testGolden } from './golden-cases';
import { type LayerCase, openLayer, runLayer } from './harness';

const ones = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)).fill(1) });
const ratio = (value: number) => `type: "Dropout" dropout_param { dropout_ratio: ${value} }`;

describe('Dropout', () => {
  testGolden('Dropout');

  it.each([0.1, 0.5, 0.9])('drops %d of the elements, and makes up for them', async (share) => {
    const { tops } = await runLayer({ layer: ratio(share), bottoms: [ones(100, 400)] });
    const values = [...tops[0]!.data];
    const dropped = values.filter((x) => x === 0).length / values.length;
    // Five standard deviations of a binomial share over 40,000 draws.
    expect(Math.abs(dropped - share)).toBeLessThan(5 * Math.sqrt((share * (1 - share)) / values.length));
    expect(new Set(values)).toEqual(new Set([0, Math.fround(1 / (1 - Math.fround(share)))]));
  });

  it.each([false, true])('gives the gradient the same mask, in place: %s', async (inPlace) => {
    const bottom = ones(17, 5, 3);
    const run = await runLayer({ layer: ratio(0.5), bottoms: [bottom], topDiffs: [bottom.data], inPlace });
    expect(run.bottomDiffs[0]).toEqual(run.tops[0]!.data);
  });

  it('draws anew at each pass, by the seed, and goes on from its state', async () => {
    const layerCase: LayerCase = { layer: ratio(0.5), bottoms: [ones(64, 3)], seed: 7 };
    const layer = openLayer(layerCase);
    const first = await layer.run();
    const state = layer.engine.readState('tested');
    const second = await layer.run();
    expect(second).not.toEqual(first);
    const again = openLayer(layerCase);
    expect(await again.run()).toEqual(first);
    const other = openLayer({ ...layerCase, seed: 8 });
    expect(await other.run()).not.toEqual(first);
    other.engine.writeState('tested', state);
    expect(await other.run()).toEqual(second);
    for (const { engine } of [layer, again, other]) engine.dispose();
  });

  it('has the same mask whatever the number of threads', async () => {
    const layerCase: LayerCase = { layer: ratio(0.5), bottoms: [ones(64, 500)] };
    expect(await runLayer({ ...layerCase, threads: 3 })).toEqual(await runLayer({ ...layerCase, threads: 1 }));
  });

  testErrors('Dropout', [
    {
      name: 'a ratio of 1',
      options: 'dropout_param { dropout_ratio: 1 }',
      shapes: [[2]],
      message: /at least 0 and below 1, not 1/,
      at: '1 }',
    },
  ]);
});
