/** Batches of classes of one group, seen turned and mirrored, some held out: resumed within an epoch they go on to the bit. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseNet, readWeights } from '../../src/proto/files';
import { grayPng } from '../data/png-writer';
import { closeAll, type Run, start } from './mini';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'siamese-classes-'));
  for (const [k, name] of ['a/0', 'a/1', 'a/2', 'b/0', 'b/1', 'b/2', 'c/0', 'c/1'].entries()) {
    mkdirSync(path.join(folder, 'images', name), { recursive: true });
    for (let i = 0; i < 5; i++) {
      const pixels = Uint8Array.from({ length: 36 }, (_, at) => (37 * k + 11 * i + at * at * (k + 2)) % 256);
      writeFileSync(path.join(folder, 'images', name, `${i}.png`), grayPng(6, 6, pixels));
    }
  }
});
afterEach(async () => {
  await closeAll();
  rmSync(folder, { recursive: true, force: true });
});

/** 5 classes and their views, 4 of which fill a batch: two of a's 3 and b's 2, so that one sits out in each round. */
function net(views: string): string {
  return `name: "classes"
layer { name: "data" type: "Data" top: "data" top: "label"
  transform_param { scale: 0.004 crop_size: 5 mirror: true affine_param { rotation: 10 } }
  data_param { source: "${path.join(folder, 'images')}" batch_size: 8 images_per_class: 2 classes_per_group: 2
    hold_out: "c" hold_out: "b/2" ${views} } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
  inner_product_param { num_output: 3 weight_filler { type: "xavier" } } }
layer { name: "drop" type: "Dropout" bottom: "ip" top: "ip" }
layer { name: "loss" type: "TripletLoss" bottom: "ip" bottom: "label" top: "loss" }`;
}

describe.each([
  ['all in memory', undefined],
  ['streamed', 0],
])('%s', (_, residentLimit) => {
  test.each([
    ['rotations and mirrors', 'rotations_as_classes: true mirrors_as_classes: true'],
    ['rotations', 'rotations_as_classes: true'],
    ['neither', ''],
  ])('%s as classes', async (_name, views) => {
    const run = (prefix: string, snapshot?: string): Promise<Run> =>
      start(
        'type_sgd',
        {
          net: undefined,
          net_param: parseNet(net(views), 'classes.prototxt').message,
          snapshot_prefix: path.join(folder, prefix),
          test_interval: 0,
          test_iter: [],
          display: 1,
          max_iter: 40,
          iter_size: 2,
          snapshot: 5,
        },
        { weights: [], ...(residentLimit !== undefined && { residentLimit }), ...(snapshot && { snapshot }) },
      );
    const whole = await run('whole');
    await whole.solver.train();
    const losses = ({ displays }: Run) =>
      displays().map(({ iteration, loss, statistics }) => ({ iteration, loss, statistics }));
    const final = (prefix: string) => readWeights(path.join(folder, `${prefix}_iter_40.caffemodel`));
    for (const iteration of [5, 15, 35]) {
      const resumed = await run('again', path.join(folder, `whole_iter_${iteration}.solverstate`));
      await resumed.solver.train();
      expect(losses(resumed)).toEqual(losses(whole).slice(iteration));
      expect(final('again')).toEqual(final('whole'));
      expect(resumed.solver.statistics()).toEqual(whole.solver.statistics());
    }
    // Held out classes never came; the others did.
    const { data } = whole.solver.statistics();
    expect(data!.labels.map(({ label }) => label)).toEqual([0, 1, 2, 3, 4]);
    expect(Math.min(...data!.labels.map(({ primary }) => primary))).toBeGreaterThan(0);
  });
});
