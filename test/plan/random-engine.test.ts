/** Random nets in the engine: merged, fused and sharing memory, or each layer for itself, they compute the same. */
import { Engine } from '../../src/engine/engine.js';
import type { Net } from '../../src/net/net-types.js';
import { type CompileOptions, compile } from '../../src/plan/compile.js';
import { net } from '../net/nets.js';
import { size, source } from './arithmetic.js';
import { randomNet } from './random-net.js';

// RANDOM_NETS=2000 npx jest test/plan/random-engine, after a change to a native layer.
const COUNT = Number(process.env.RANDOM_NETS ?? 30);
/** One image, less than a vector, a vector, and more than one. */
const BATCHES = [2, 1, 16, 5, 19];
/** Of the largest element: these nets are a dozen layers deep, and their float32 sums run in another order. */
const TOLERANCE = 1e-4;

jest.setTimeout(60_000 + 2_000 * COUNT);

test(`${COUNT} of them`, async () => {
  for (let seed = 0; seed < COUNT; seed++) {
    const text = randomNet(seed, BATCHES[seed % BATCHES.length]!);
    // Dropout draws by layer and place: TEST, so that the numbers can be compared at all.
    const built = net(text, { phase: 'TEST' });
    try {
      const plain = await run(built, { towers: false, fuse: false, keep: 'all' });
      for (const options of [{}, { fuse: false }, { towers: false }, { keep: 'all' }] as const) {
        const other = await run(built, options);
        for (const [what, values] of other)
          compare(`${what} with ${JSON.stringify(options)}`, values, plain.get(what)!);
      }
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}\n${text}`, { cause: error });
    }
  }
});

async function run(built: Net, options: Partial<CompileOptions>): Promise<Map<string, Float32Array>> {
  const plan = compile(built, { train: false, backward: true, ...options });
  using engine = new Engine(plan, { threads: 1 });
  for (const { type, param, tops } of built.layers) {
    if (type.type !== 'Input') continue;
    for (const [t, top] of tops.entries()) {
      const { name, shape } = built.blobs[top]!;
      engine.write(name, Float32Array.from(source(param.name!, t, shape)));
    }
  }
  plan.params.forEach(({ name, data }, p) => {
    engine.writeParam(p, Float32Array.from(source(name, 0, plan.tensors[data]!.shape)));
  });
  const losses = new Float32Array(1);
  const outputs = new Float32Array(
    plan.outputs.reduce((sum, name) => sum + size(built.blobs.find((blob) => blob.name === name)!.shape), 0),
  );
  await engine.run({ count: 1, mode: 'forward-backward', feeds: [], losses, outputs });
  const results = new Map<string, Float32Array>([
    ['loss', losses],
    ['outputs', outputs],
  ]);
  plan.params.forEach(({ name, diff }, p) => {
    if (diff >= 0) results.set(`gradient of ${name}`, engine.readParam(p, 'diff'));
  });
  return results;
}

function compare(what: string, actual: Float32Array, expected: Float32Array): void {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-6);
  const worst = actual.findIndex((value, i) => !(Math.abs(value - expected[i]!) <= TOLERANCE * scale));
  if (actual.length === expected.length && worst < 0) return;
  throw new Error(`${what}: element ${worst} of ${actual.length} is ${actual[worst]}, not ${expected[worst]}`);
}
