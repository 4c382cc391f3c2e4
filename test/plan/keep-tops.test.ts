/** A layer in place trains as it does apart from its bottom, whatever the layer before it needs for its backward pass. */
import { Engine } from '../../src/engine/engine';
import { compile } from '../../src/plan/compile';
import { SGD } from '../engine/plans';
import { net } from '../net/nets';
import { source } from './arithmetic';

const FLAT = 'flat: ';
/** Layers that look at their own top again, where Caffe's keep something apart; and a view of it. */
const READERS = [
  'type: "Pooling" pooling_param { pool: MAX kernel_size: 3 stride: 2 }',
  'type: "Pooling" pooling_param { pool: MAX kernel_size: 3 stride: 2 pad: 1 }',
  'type: "Pooling" pooling_param { pool: MAX kernel_size: 2 stride: 2 }',
  'type: "Normalization1"',
  `${FLAT}type: "Pooling" pooling_param { kernel_size: 3 stride: 2 }`,
];
const POWER = 'type: "Power" power_param { scale: 3 shift: 1 }';
/** Layers in place after them, one or two. */
const CHANGERS = [
  ['type: "BatchNorm"'],
  ['type: "BatchNorm"', 'type: "Scale" scale_param { bias_term: true }', 'type: "ReLU"'],
  ['type: "ReLU"'],
  ['type: "ReLU" relu_param { negative_slope: 0.5 }'],
  ['type: "ReLU"', POWER],
  [POWER],
  [`${POWER} loss_weight: 0.5`],
  ['type: "Scale" scale_param { filler { type: "uniform" min: 1 max: 2 } }'],
  ['type: "Dropout" dropout_param { dropout_ratio: 0.3 }'],
  ['type: "Exp"'],
];

// A ReLU in place looks at its top after the next layer has changed it, in Caffe as here; behind a pooling it need not.
const cases = READERS.flatMap((reader) =>
  CHANGERS.filter((changers) => changers[1] !== POWER || !reader.includes('Normalization1')).map(
    (changers): [string, string[]] => [reader, changers],
  ),
);

describe.each([true, false])('fused: %s', (fuse) => {
  test.each(cases)('%s, then %j', async (reader, changers) => {
    const inPlace = await gradients(reader, changers, () => 'b', fuse);
    const apart = await gradients(reader, changers, (n) => `b${n}`, fuse);
    expect(inPlace.loss).toBeCloseTo(apart.loss, 5);
    const most = Math.max(...apart.gradients.get('conv/0')!.map(Math.abs));
    expect(most).toBeGreaterThan(0);
    for (const [name, values] of apart.gradients) {
      // The same sums, in another order where one is fused and the other not.
      const wrong = Math.max(...values.map((value, i) => Math.abs(value - inPlace.gradients.get(name)![i]!)));
      expect(wrong).toBeLessThan(1e-4 * most);
    }
  });
});

test('the name stands for the last version, its gradient for that of the first', async () => {
  const built = net(
    text('type: "Pooling" pooling_param { kernel_size: 3 stride: 2 }', ['type: "Exp"'], () => 'b'),
    {},
  );
  const plan = compile(built, { train: true, solver: SGD, keep: ['b'] });
  using engine = await run(plan, built);
  const apart = net(
    text('type: "Pooling" pooling_param { kernel_size: 3 stride: 2 }', ['type: "Exp"'], (n) => `b${n}`),
    {},
  );
  using other = await run(compile(apart, { train: true, solver: SGD, keep: ['b', 'b0'] }), apart);
  expect([...engine.read('b')]).toEqual([...other.read('b0')]);
  expect([...engine.read('b', 'diff')]).toEqual([...other.read('b', 'diff')]);
});

function text(reader: string, changers: readonly string[], top: (n: number) => string): string {
  const flat = reader.startsWith(FLAT);
  let bottom = 'b';
  const layers = changers.map((changer, n) => {
    const layer = `layer { name: "m${n}" bottom: "${bottom}" top: "${top(n)}" ${changer} }`;
    bottom = top(n);
    return layer;
  });
  return `
    layer { name: "in" type: "Input" top: "x" top: "t" input_param { shape { dim: 3 dim: 2 dim: 7 dim: 7 } shape { dim: 3 dim: 4 } } }
    layer { name: "conv" type: "Convolution" bottom: "x" top: "c" convolution_param { num_output: 3 kernel_size: 2 } }
    layer { name: "reader" bottom: "c" top: "${flat ? 'p' : 'b'}" ${reader.replace(FLAT, '')} }
    ${flat ? 'layer { name: "flat" type: "Flatten" bottom: "p" top: "b" }' : ''}
    ${layers.join('\n')}
    layer { name: "ip" type: "InnerProduct" bottom: "${bottom}" top: "y" inner_product_param { num_output: 4 } }
    layer { name: "loss" type: "EuclideanLoss" bottom: "y" bottom: "t" top: "loss" }`;
}

async function gradients(reader: string, changers: readonly string[], top: (n: number) => string, fuse: boolean) {
  const built = net(text(reader, changers, top), {});
  const plan = compile(built, { train: true, solver: SGD, fuse });
  using engine = await run(plan, built);
  const found = new Map(
    plan.params.flatMap(({ name, diff }, p) => (diff < 0 ? [] : [[name, engine.readParam(p, 'diff')]])),
  );
  return { loss: engine.read('loss')[0]!, gradients: found };
}

async function run(plan: ReturnType<typeof compile>, built: ReturnType<typeof net>): Promise<Engine> {
  const engine = new Engine(plan, { threads: 1, seed: 3 });
  for (const { name, shape } of built.blobs.filter(({ name }) => name === 'x' || name === 't')) {
    engine.write(name, Float32Array.from(source(name, 0, shape)));
  }
  plan.params.forEach(({ name, data, lr_mult }, p) => {
    if (lr_mult > 0) engine.writeParam(p, Float32Array.from(source(name, 0, plan.tensors[data]!.shape)));
  });
  await engine.run({ count: 1, mode: 'forward-backward', feeds: [] });
  return engine;
}
