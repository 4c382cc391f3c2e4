import { Engine } from '../../src/engine/engine';
import type { SiameseError } from '../../src/errors';
import { buildNet } from '../../src/net/net';
import { compile } from '../../src/plan/compile';
import { parseText } from '../../src/proto/text';
import { expectClose } from './close';
import { testErrors } from './errors';
import { blobsOf, goldsOf } from './gold';
import { randomOf } from './reference-cases';

const build = (text: string) => buildNet(parseText('NetParameter', text, 'net.prototxt').message, { phase: 'TRAIN' });
const input = (name: string, dims: number[]) =>
  `layer { name: "in_${name}" type: "Input" top: "${name}" input_param { shape { ${dims.map((d) => `dim: ${d}`).join(' ')} } } }\n`;

function open(text: string, backward = true): Engine {
  return new Engine(compile(build(text), { train: false, backward, keep: 'all' }), { threads: 2, seed: 1 });
}

describe('Filter', () => {
  // Each top times a filtered weight, summed, as the loss: so the weight is the gradient that comes down.
  const weighed = (shapes: number[][], items: number) =>
    [
      'force_backward: true\n',
      ...shapes.map((shape, i) => input(`x${i}`, shape) + input(`w${i}`, shape)),
      input('s', [items]),
      `layer { name: "f" type: "Filter" ${shapes.map((_, i) => `bottom: "x${i}" bottom: "w${i}"`).join(' ')} bottom: "s"
        ${shapes.map((_, i) => `top: "y${i}" top: "v${i}"`).join(' ')} }\n`,
      ...shapes.map(
        (_, i) => `layer { name: "m${i}" type: "Eltwise" bottom: "y${i}" bottom: "v${i}" top: "p${i}" loss_weight: 1
          propagate_down: true propagate_down: false eltwise_param { operation: PROD } }\n`,
      ),
    ].join('');

  it.each(goldsOf('Filter').map((gold) => [gold.name, gold] as const))(
    'equals the original Caffe: %s',
    async (_, gold) => {
      const bottoms = blobsOf(gold, 'bottom', 'data');
      const [x, selector] = [bottoms[0]!, bottoms[1]!];
      const [items, size] = [x.shape[0]!, x.data.length / x.shape[0]!];
      const engine = open(weighed([x.shape], items));
      const weight = new Float32Array(x.data.length);
      const [top] = blobsOf(gold, 'top', 'data');
      const [topDiff] = blobsOf(gold, 'top', 'diff');
      let k = 0;
      selector.data.forEach((s, n) => {
        if (s !== 0) weight.set(topDiff!.data.subarray(k * size, ++k * size), n * size);
      });
      engine.write('x0', x.data);
      engine.write('w0', weight);
      engine.write('s', selector.data);
      await engine.run({ count: 1, mode: 'forward-backward', feeds: [] });
      expect(top!.shape[0]).toBe(k);
      expect(engine.read('y0')).toEqual(top!.data);
      expect(engine.read('x0', 'diff')).toEqual(blobsOf(gold, 'bottom', 'diff')[0]!.data);
      engine.dispose();
    },
  );

  it('lets another number of items through at each pass, of several blobs', async () => {
    const engine = open(weighed([[5, 2, 1], [5]], 5));
    const random = randomOf('several');
    const values = (n: number) => Float32Array.from({ length: n }, () => random() * 2 - 1);
    for (const selector of [
      [1, 0, 2, 0, -1],
      [0, 0, 0, 0, 0],
      [1, 1, 1, 1, 1],
      [0, 1, 0, 0, 0],
      [0, 0, 0, 1, 1],
    ]) {
      const [x0, w0, x1, w1] = [values(10), values(10), values(5), values(5)];
      for (const [name, data] of Object.entries({ x0, w0, x1, w1, s: Float32Array.from(selector) }))
        engine.write(name, data);
      const losses = new Float32Array(1);
      await engine.run({ count: 1, mode: 'forward-backward', feeds: [], losses });
      const passed = selector.flatMap((s, n) => (s === 0 ? [] : [n]));
      expect([...engine.read('y0')]).toEqual(passed.flatMap((n) => [x0[2 * n], x0[2 * n + 1]]));
      expect([...engine.read('y1')]).toEqual(passed.map((n) => x1[n]));
      expect([...engine.read('x0', 'diff')]).toEqual([...w0].map((w, i) => (selector[i >> 1] === 0 ? 0 : w)));
      expect([...engine.read('x1', 'diff')]).toEqual([...w1].map((w, i) => (selector[i] === 0 ? 0 : w)));
      const dot = passed.reduce(
        (sum, n) => sum + x0[2 * n]! * w0[2 * n]! + x0[2 * n + 1]! * w0[2 * n + 1]! + x1[n]! * w1[n]!,
        0,
      );
      expect(losses[0]).toBeCloseTo(dot, 5);
    }
    engine.dispose();
  });

  /** A classifier behind a Filter, or of `items` as they come. */
  const classifier = (items: number, filtered: boolean) => `
    ${input('data', [items, 2, 6, 6])}${input('label', [items])}${filtered ? input('s', [items, 1, 1, 1]) : ''}
    ${
      filtered
        ? `layer { name: "pre" type: "Scale" bottom: "data" top: "d" }
           layer { name: "f1" type: "Filter" bottom: "d" bottom: "s" top: "x" }
           layer { name: "f2" type: "Filter" bottom: "label" bottom: "s" top: "t" }`
        : `layer { name: "pre" type: "Scale" bottom: "data" top: "d" }
           layer { name: "f1" type: "Split" bottom: "d" top: "x" } layer { name: "f2" type: "Split" bottom: "label" top: "t" }`
    }
    layer { name: "conv" type: "Convolution" bottom: "x" top: "conv" convolution_param { num_output: 4 kernel_size: 3 bias_term: false } }
    layer { name: "bn" type: "BatchNorm" bottom: "conv" top: "conv" }
    layer { name: "relu" type: "ReLU" bottom: "conv" top: "conv" }
    layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { kernel_size: 2 stride: 2 } }
    layer { name: "flat" type: "Flatten" bottom: "pool" top: "flat" }
    layer { name: "drop" type: "Dropout" bottom: "flat" top: "flat" dropout_param { dropout_ratio: 0 } }
    layer { name: "slice" type: "Slice" bottom: "flat" top: "a" top: "b" }
    layer { name: "cat" type: "Concat" bottom: "b" bottom: "a" top: "cat" }
    layer { name: "ip" type: "InnerProduct" bottom: "cat" top: "ip" inner_product_param { num_output: 3 } }
    layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "t" top: "loss" }
    layer { name: "acc" type: "Accuracy" bottom: "ip" bottom: "t" top: "acc" }`;

  it('has a net behind it that computes as if there were only those items', async () => {
    const random = randomOf('classifier');
    const engine = open(classifier(6, true));
    const fill = (to: Engine) => {
      const same = randomOf('params');
      to.plan.params.forEach((_, p) => {
        to.writeParam(
          p,
          to.readParam(p).map(() => same() - 0.5),
        );
      });
    };
    for (const selector of [
      [1, 0, 1, 1, 0, 0],
      [1, 1, 1, 1, 1, 1],
      [0, 0, 0, 0, 0, 1],
      [0, 1, 1, 0, 0, 0],
    ]) {
      const data = Float32Array.from({ length: 6 * 72 }, () => random() * 2 - 1);
      const label = Float32Array.from({ length: 6 }, () => Math.floor(random() * 3));
      const passed = selector.flatMap((s, n) => (s ? [n] : []));
      fill(engine);
      engine.write('data', data);
      engine.write('label', label);
      engine.write('s', Float32Array.from(selector));
      const losses = [new Float32Array(1), new Float32Array(1)] as const;
      await engine.run({ count: 1, mode: 'forward-backward', feeds: [], losses: losses[0] });
      const plain = open(classifier(passed.length, false));
      fill(plain);
      plain.write('data', Float32Array.from(passed.flatMap((n) => [...data.subarray(72 * n, 72 * n + 72)])));
      plain.write('label', Float32Array.from(passed.map((n) => label[n]!)));
      await plain.run({ count: 1, mode: 'forward-backward', feeds: [], losses: losses[1] });
      expectClose(losses[0], losses[1], 1e-6, 'loss');
      for (const name of ['conv', 'pool', 'ip', 'acc']) expectClose(engine.read(name), plain.read(name), 1e-5, name);
      plain.plan.params.forEach(({ diff, name }, p) => {
        if (diff >= 0)
          expectClose(engine.readParam(p, 'diff'), plain.readParam(p, 'diff'), 1e-5, `gradient of ${name}`);
      });
      const dx = plain.read('d', 'diff');
      const wanted = new Float32Array(data.length);
      passed.forEach((n, k) => {
        wanted.set(dx.subarray(72 * k, 72 * k + 72), 72 * n);
      });
      expectClose(engine.read('d', 'diff'), wanted, 1e-5, 'gradient of the data');
      plain.dispose();
    }
    engine.dispose();
  });

  it('with no item through: layers behind it do not run, the loss is 0 and no parameter has a gradient', async () => {
    const engine = open(classifier(4, true));
    engine.write('data', new Float32Array(4 * 72).fill(1));
    const losses = new Float32Array(1);
    for (const some of [0, 1, 0]) {
      engine.write('s', new Float32Array(4).fill(some));
      await engine.run({ count: 1, mode: 'forward-backward', feeds: [], losses });
      expect(losses[0] === 0).toBe(some === 0);
      expect(engine.read('ip')).toHaveLength(some * 4 * 3);
    }
    engine.plan.params.forEach(({ diff }, p) => {
      if (diff >= 0) expect([...engine.readParam(p, 'diff')].every((v) => v === 0)).toBe(true);
    });
    expect([...engine.read('d', 'diff')].every((v) => v === 0)).toBe(true);
    expect([...engine.read('acc')]).toEqual([0]);
    engine.dispose();
  });

  it('keeps the state of a layer that is made anew', async () => {
    const text = `${input('x', [4, 3])}${input('s', [4])}
      layer { name: "f" type: "Filter" bottom: "x" bottom: "s" top: "y" }
      layer { name: "drop" type: "Dropout" bottom: "y" top: "z" }`;
    const engine = open(text, false);
    for (const selector of [
      [1, 1, 0, 0],
      [1, 0, 0, 0],
      [1, 1, 1, 0],
    ]) {
      engine.write('s', Float32Array.from(selector));
      await engine.run({ count: 1, mode: 'forward', feeds: [] });
    }
    // Eight bytes of seed, then the number of passes.
    expect(Buffer.from(engine.readState('drop')).readBigUInt64LE(8)).toBe(3n);
    engine.dispose();
  });

  it('leaves room for all items in the outputs of a pass, 0 where none came through', async () => {
    const text = `${input('x', [3, 2])}${input('s', [3])}layer { name: "f" type: "Filter" bottom: "x" bottom: "s" top: "y" }`;
    const engine = new Engine(compile(build(text), { train: false }));
    engine.write('x', Float32Array.of(1, 2, 3, 4, 5, 6));
    engine.write('s', Float32Array.of(0, 1, 1));
    const outputs = new Float32Array(6);
    await engine.run({ count: 1, mode: 'forward', feeds: [], outputs });
    expect([...outputs]).toEqual([3, 4, 5, 6, 0, 0]);
    expect([...engine.read('y')]).toEqual([3, 4, 5, 6]);
    engine.dispose();
  });

  it('filters what came through another Filter', async () => {
    const text = `${input('x', [4])}${input('s', [4])}${input('r', [4])}
      layer { name: "f" type: "Filter" bottom: "x" bottom: "r" bottom: "s" top: "y" top: "q" }
      layer { name: "g" type: "Filter" bottom: "y" bottom: "q" top: "z" }`;
    const engine = open(text, false);
    engine.write('x', Float32Array.of(1, 2, 3, 4));
    for (const [s, r, wanted] of [
      [
        [1, 1, 0, 1],
        [0, 1, 1, 1],
        [2, 4],
      ],
      [[0, 0, 0, 0], [1, 1, 1, 1], []],
      [[1, 1, 1, 1], [0, 0, 1, 0], [3]],
    ] as const) {
      engine.write('s', Float32Array.from(s));
      engine.write('r', Float32Array.from(r));
      await engine.run({ count: 1, mode: 'forward', feeds: [] });
      expect([...engine.read('z')]).toEqual(wanted);
    }
    engine.dispose();
  });

  describe('refuses to be followed by', () => {
    const refused = (layers: string): SiameseError => {
      const text = `${input('x', [4, 6])}${input('other', [4, 6])}${input('s', [4])}${input('r', [4])}
        layer { name: "f" type: "Filter" bottom: "x" bottom: "s" top: "y" }\n${layers}`;
      try {
        build(text);
      } catch (error) {
        return error as SiameseError;
      }
      throw new Error('this net was built');
    };
    it.each([
      [
        'a sum with items that were not filtered',
        'type: "Eltwise" bottom: "y" bottom: "other" top: "z"',
        /with 3 items instead of 4: .*must have the shape of/,
      ],
      [
        'a batch in one row',
        'type: "Flatten" bottom: "y" top: "z" flatten_param { axis: 0 }',
        /its top "z" would be 24 for 4 items, but 18 for 3/,
      ],
      [
        'a shape that has the batch in it',
        'type: "Reshape" bottom: "y" top: "z" reshape_param { shape { dim: 4 dim: 6 } }',
        /with 3 items instead of 4/,
      ],
      [
        'a slice of the batch',
        'type: "Slice" bottom: "y" top: "z" top: "q" slice_param { axis: 0 }',
        /with 3 items instead of 4/,
      ],
    ])('%s', (_, body, message) => {
      const error = refused(`layer { name: "after" ${body} }`);
      expect(error.message).toMatch(message);
      expect(error.message).toMatch(/layer "after".*cannot follow a Filter, whose number of items changes/);
      expect(error.at?.file).toBe('net.prototxt');
      expect(error.help).toMatch(/by the same selector/);
    });
    it('items of another selector', () => {
      const error = refused(`layer { name: "g" type: "Filter" bottom: "other" bottom: "r" top: "w" }
        layer { name: "after" type: "Concat" bottom: "y" bottom: "w" top: "z" }`);
      expect(error.message).toMatch(/cannot follow a Filter/);
    });
  });

  testErrors('Filter', [
    {
      name: 'a selector of several numbers',
      shapes: [
        [3, 2],
        [3, 2],
      ],
      message: /selector "bottom1" is 3 x 2, but must have one number/,
      at: '"bottom1"',
    },
    {
      name: 'another number of items',
      shapes: [[4, 2], [3]],
      message: /"bottom0" is 4 x 2, but the selector "bottom1" has 3 items/,
      at: '"bottom0"',
    },
    {
      name: 'too many tops',
      shapes: [[3, 2], [3]],
      tops: 2,
      message: /needs a top for each bottom but the last, 1, not 2/,
      at: '"top1"',
    },
  ]);
});
