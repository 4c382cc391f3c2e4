/** Records that cannot be read in the middle of a training: whose they are is said, and what was trained is not lost. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { SiameseError } from '../../src/errors';
import { parseNet, readWeights } from '../../src/proto/files';
import { grayPng } from '../data/png-writer';
import { closeAll, type Run, start } from './mini';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'siamese-lost-'));
  for (const [k, images] of ['images/a', 'images/b', 'more/a', 'more/b'].entries()) {
    mkdirSync(path.join(folder, images), { recursive: true });
    for (let i = 0; i < 8; i++) {
      const pixels = Uint8Array.from({ length: 16 }, (_, at) => (2 * k + 7) * at * (i + 1));
      writeFileSync(path.join(folder, images, `${i}.png`), grayPng(4, 4, pixels));
    }
  }
});
afterEach(async () => {
  await closeAll();
  rmSync(folder, { recursive: true, force: true });
});

/** Images by name, four at a time: iteration 3 is the first that wants b/4.png. Another layer gives others at random. */
function train(prefix: string, snapshot?: string): Promise<Run> {
  const data = (name: string, label: string) => `layer { name: "${name}" type: "Data" top: "${name}" top: "${label}"
  transform_param { scale: 0.004 }
  data_param { source: "${path.join(folder, name)}" batch_size: 4 enable_random_selection: ${name === 'more'} } }`;
  const text = `name: "lost"
${data('images', 'label')}
${data('more', 'unused')}
layer { name: "sum" type: "Eltwise" bottom: "images" bottom: "more" top: "sum" }
layer { name: "ip" type: "InnerProduct" bottom: "sum" top: "ip"
  inner_product_param { num_output: 2 weight_filler { type: "xavier" } } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
layer { name: "rest" type: "Silence" bottom: "unused" }`;
  // With display 1 an iteration's records come by themselves, however fast the machine is.
  const quiet = { test_interval: 0, test_iter: [], display: 1, max_iter: 6, snapshot: 3 };
  return start(
    'type_sgd',
    {
      ...quiet,
      net: undefined,
      net_param: parseNet(text, 'lost.prototxt').message,
      snapshot_prefix: path.join(folder, prefix),
    },
    { weights: [], residentLimit: 0, ...(snapshot && { snapshot }) },
  );
}

test('an image that cannot be read ends it there; the snapshot before it, and one behind it, go on as if it never had', async () => {
  const whole = await train('whole');
  await whole.solver.train();

  const lost = path.join(folder, 'images', 'b', '4.png');
  const bytes = readFileSync(lost);
  writeFileSync(lost, bytes.subarray(0, -20));
  const { solver } = await train('run');
  const error = (await solver.train().then(
    () => undefined,
    (caught) => caught,
  )) as SiameseError;
  expect(error).toMatchObject({
    code: 'data',
    layer: 'images',
    at: { file: 'lost.prototxt', line: 4 },
    message: expect.stringMatching(/^layer "images" \(Data\): .*1 image cannot be read: b\/4.png$/),
    help: expect.stringContaining('b/4.png: cannot read this'),
  });
  expect(solver.iter).toBe(3);
  const before = path.join(folder, 'run_iter_3.solverstate'); // taken while iteration 3 was being read
  writeFileSync(lost, bytes);
  const resumedBefore = (await train('run', before)).solver;
  rmSync(before);
  const { solverstate } = await solver.snapshot();
  const resumedBehind = (await train('run', solverstate)).solver;

  for (const mended of [solver, resumedBefore, resumedBehind]) {
    expect(mended.iter).toBe(3);
    await mended.train();
    expect(readWeights(path.join(folder, 'run_iter_6.caffemodel'))).toEqual(
      readWeights(path.join(folder, 'whole_iter_6.caffemodel')),
    );
    rmSync(path.join(folder, 'run_iter_6.caffemodel'));
  }
});
