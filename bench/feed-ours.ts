/**
 * usage: feed-ours.js mnist|lmdb|folder FOLDER THREADS WORKERS    prints one JSON line {images, seconds, ms, dataWait}:
 * images that the feed brought in some seconds by itself, then a training's milliseconds and its share of waiting
 */
import path from 'node:path';
import { createFeed, DecodePool, openLayerSource, parseNet, readNet, Solver } from 'siamese';
import { towerText } from './nets.js';

const SECONDS = 4;
const BATCH = 16;

async function main(): Promise<void> {
  const [set, folder, threads, workers] = process.argv.slice(2) as [string, string, string, string];
  const net = set === 'mnist' ? readNet('models/siamese_mnist/train_val.prototxt').message : large(set, folder);
  const decoder = new DecodePool(Number(workers));
  const layer = net.layer!.find(({ data_param }) => data_param)!;
  const source = await openLayerSource(layer, '.', decoder);
  const residentLimit = set === 'mnist' ? undefined : 1;
  const feed = await createFeed({ layer, phase: 'TRAIN', source, seed: 1, ...(residentLimit && { residentLimit }) });
  const warm = performance.now();
  while (performance.now() < warm + 1000) await feed.next(4);
  let images = 0;
  const start = performance.now();
  while (performance.now() < start + 1000 * SECONDS) images += (await feed.next(4)).order.length;
  const seconds = (performance.now() - start) / 1000;
  await feed.close();
  await source.close();

  let dataWait = Number.NaN;
  const solver = await Solver.create({
    solver: {
      net_param: net,
      base_lr: 1e-8,
      lr_policy: 'fixed',
      max_iter: 1e9,
      snapshot_after_train: false,
      random_seed: 1,
    },
    threads: Number(threads),
    decoder,
    ...(residentLimit && { residentLimit }),
    onEvent: (event) => {
      if (event.type === 'stopped') dataWait = event.dataWait;
    },
  });
  await solver.train(10);
  const from = solver.iter;
  const began = performance.now();
  setTimeout(() => solver.stop(), 1000 * SECONDS);
  await solver.train();
  const ms = (performance.now() - began) / (solver.iter - from);
  await solver.dispose();
  await decoder.close();
  console.log(JSON.stringify({ images, seconds, ms, dataWait }));
}

/** An AlexNet tower over random crops of 227 x 227. */
function large(set: string, folder: string) {
  const source = path.join(folder, set === 'lmdb' ? 'lmdb' : 'jpegs');
  const data = `
layer { name: "data" type: "Data" top: "data" top: "label" data_param { source: "${source}" batch_size: ${BATCH} }
  transform_param { crop_size: 227 mirror: true scale: 0.004 } }
layer { name: "feature" type: "DummyData" top: "target" dummy_data_param { data_filler { value: 1 } shape { dim: [${BATCH}, 128] } } }
layer { name: "unused" type: "Silence" bottom: "label" }`;
  const text = towerText('alexnet', BATCH);
  const { message } = parseNet(data + text.slice(text.indexOf('layer { name: "conv1"')), 'bench.prototxt');
  return message;
}

void main();
