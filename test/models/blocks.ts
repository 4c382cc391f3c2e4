/** Layers of published nets as prototxt, a call each. A layer's top has its name; `more` is further options as text. */

export const input = (name: string, dims: readonly number[]) =>
  `\nlayer { name: "in_${name}" type: "Input" top: "${name}" input_param { shape { ${dims.map((d) => `dim: ${d}`).join(' ')} } } }`;

/** A Data layer of each phase, with the batches of the published files. */
export const data = (train: number, test: number, transform = '', top = 'data') =>
  [
    ['TRAIN', train],
    ['TEST', test],
  ]
    .map(
      ([phase, batch]) => `
layer { name: "${top}" type: "Data" top: "${top}" top: "label" include { phase: ${phase} } transform_param { ${transform} }
  data_param { source: "lmdb_${phase}" batch_size: ${batch} backend: LMDB } }`,
    )
    .join('');

export const layer = (type: string, name: string, bottoms: string | readonly string[], more = '', top = name) => `
layer { name: "${name}" type: "${type}" ${[bottoms]
  .flat()
  .map((b) => `bottom: "${b}"`)
  .join(' ')} top: "${top}" ${more} }`;

const FILL = 'weight_filler { type: "xavier" }';

export const conv = (name: string, bottom: string, outputs: number, kernel: number, more = '', params = '') =>
  layer(
    'Convolution',
    name,
    bottom,
    `${params} convolution_param { num_output: ${outputs} kernel_size: ${kernel} ${FILL} ${more} }`,
  );

export const ip = (name: string, bottom: string, outputs: number, params = '') =>
  layer('InnerProduct', name, bottom, `${params} inner_product_param { num_output: ${outputs} ${FILL} }`);

export const relu = (blob: string, name = `relu_${blob}`) => layer('ReLU', name, blob, '', blob);

export const pool = (name: string, bottom: string, kernel: number, stride: number, kind = 'MAX', more = '') =>
  layer('Pooling', name, bottom, `pooling_param { pool: ${kind} kernel_size: ${kernel} stride: ${stride} ${more} }`);

export const lrn = (name: string, bottom: string, more = 'local_size: 5 alpha: 0.0001 beta: 0.75') =>
  layer('LRN', name, bottom, `lrn_param { ${more} }`);

export const drop = (blob: string, ratio = 0.5) =>
  layer('Dropout', `drop_${blob}`, blob, `dropout_param { dropout_ratio: ${ratio} }`, blob);

/** The loss of training and, in TEST, the accuracy. */
export const classify = (scores: string) =>
  layer('Accuracy', 'accuracy', [scores, 'label'], 'include { phase: TEST }') +
  layer('SoftmaxWithLoss', 'loss', [scores, 'label']);

export const net = (name: string, ...layers: string[]) => `name: "${name}"${layers.join('')}\n`;
