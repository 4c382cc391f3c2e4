/** A tiny made-up set of labelled images as IDX files, and a siamese net with random pairs and dropout over it. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseNet } from '../../src/proto/files';
import type { NetParameter } from '../../src/proto/messages';

const SIZE = 12;
const CLASSES = 4;
const RECORDS = 50;

/** Writes `made-images-idx3-ubyte` and its labels: class k is a bright bar in row 3k, with noise that depends on i. */
export function writeIdx(folder: string): string {
  const images = Buffer.alloc(16 + RECORDS * SIZE * SIZE);
  [0x803, RECORDS, SIZE, SIZE].forEach((value, i) => {
    images.writeUInt32BE(value, 4 * i);
  });
  const labels = Buffer.alloc(8 + RECORDS);
  labels.writeUInt32BE(0x801, 0);
  labels.writeUInt32BE(RECORDS, 4);
  let noise = 1;
  for (let i = 0; i < RECORDS; i++) {
    labels[8 + i] = i % CLASSES;
    for (let p = 0; p < SIZE * SIZE; p++) {
      noise = (noise * 48271) % 0x7fffffff;
      const bar = Math.floor(p / SIZE) === 3 * (i % CLASSES);
      images[16 + i * SIZE * SIZE + p] = (bar ? 180 : 20) + (noise % 60);
    }
  }
  writeFileSync(path.join(folder, 'made-images-idx3-ubyte'), images);
  writeFileSync(path.join(folder, 'made-labels-idx1-ubyte'), labels);
  return path.join(folder, 'made');
}

export function pairNet(source: string): NetParameter {
  const data = (
    phase: string,
  ) => `layer { name: "pairs" type: "Data" top: "pair" top: "labels" include { phase: ${phase} }
    transform_param { scale: 0.00390625 mirror: true crop_size: 10 }
    data_param { source: "${source}" batch_size: 6 images_per_blob: 2 balance_matches: true output_all_labels: true
      enable_random_selection: true } }`;
  const tower = (suffix: string) => `
    layer { name: "ip1${suffix}" type: "InnerProduct" bottom: "image${suffix}" top: "ip1${suffix}"
      param { name: "ip1_w" lr_mult: 1 } param { name: "ip1_b" lr_mult: 2 }
      inner_product_param { num_output: 10 weight_filler { type: "xavier" } bias_filler { type: "constant" } } }
    layer { name: "relu1${suffix}" type: "ReLU" bottom: "ip1${suffix}" top: "ip1${suffix}" }
    layer { name: "drop1${suffix}" type: "Dropout" bottom: "ip1${suffix}" top: "ip1${suffix}" }
    layer { name: "feat${suffix}" type: "InnerProduct" bottom: "ip1${suffix}" top: "feat${suffix}"
      param { name: "feat_w" lr_mult: 1 } param { name: "feat_b" lr_mult: 2 }
      inner_product_param { num_output: 2 weight_filler { type: "xavier" } bias_filler { type: "constant" } } }`;
  const text = `name: "pairs" ${data('TRAIN')} ${data('TEST')}
    layer { name: "slice" type: "Slice" bottom: "pair" top: "image" top: "image_p" slice_param { axis: 1 slice_point: 1 } }
    ${tower('')} ${tower('_p')}
    layer { name: "loss" type: "ContrastiveLoss" bottom: "feat" bottom: "feat_p" bottom: "labels" top: "loss"
      contrastive_loss_param { margin: 1 } }`;
  return parseNet(text, 'pairs.prototxt').message;
}
