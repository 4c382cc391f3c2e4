/**
 * Towers that read the rows of an image as a sequence, for the tests of ONNX export. Caffe has no layer that swaps axes: the
 * rows are parted and joined anew along an axis of time, with the images along axis 1.
 */

const layer = (type: string, bottom: string, top: string, options = '') =>
  `layer { name: "${top.split(' ')[0]}" type: "${type}" ${blobs('bottom', bottom)} ${blobs('top', top)} ${options} }`;

const blobs = (field: string, names: string) =>
  names
    .split(' ')
    .map((name) => `${field}: "${name}"`)
    .join(' ');

const reshape = (from: string, to: string, ...dims: number[]) =>
  layer('Reshape', from, to, `reshape_param { shape { ${dims.map((dim) => `dim: ${dim}`).join(' ')} } }`);

/** A new sequence begins at steps 0 and 3; what lies between 0 and 1 is no number that Caffe means, but scales. */
const CONT = [0, 1, 0.5, 0, 1];
const DIMENSION = 3;
const FILLED = 'weight_filler { type: "xavier" } bias_filler { type: "uniform" min: -0.3 max: 0.3 }';

interface Wanted {
  /** Steps; with one alone nothing is joined, and its cont is 1. */
  steps?: number;
  /** Values of a step, for an x of more axes. */
  dims?: number[];
  fixed?: boolean;
  exposed?: string[];
}

/** Of a blob "conv" of 6 x 10 x 8: "h", one row of all outputs for each image. */
export function recurrentTower(type: string, { steps = 5, dims = [24], fixed, exposed = [] }: Wanted = {}): string {
  const all = Array.from({ length: steps }, (_, t) => t);
  const each = (name: string) => all.map((t) => `${name}${t}`).join(' ');
  const join = (name: string) => (steps === 1 ? [] : [layer('Concat', each(name), name, 'concat_param { axis: 0 }')]);
  const one = (name: string) => (steps === 1 ? `${name}0` : name);
  const bottoms = [one('step'), one('cont'), ...(fixed ? ['small'] : []), ...exposed.map((state) => `${state}_0`)];
  const tops = ['outputs', ...exposed.map((state) => `${state}_T`)];
  const small = `pooling_param { pool: AVE kernel_h: ${10 / steps} stride_h: ${10 / steps} kernel_w: 2 stride_w: 2 }`;
  return [
    layer('Pooling', 'conv', 'small', small),
    steps === 1 ? layer('Split', 'small', 'row0') : layer('Slice', 'small', each('row'), 'slice_param { axis: 2 }'),
    ...all.flatMap((t) => [
      reshape(`row${t}`, `step${t}`, 1, -1, ...dims),
      layer('Reduction', `step${t}`, `sum${t}`, 'reduction_param { axis: 2 }'),
      layer('Power', `sum${t}`, `cont${t}`, `power_param { scale: 0 shift: ${steps === 1 ? 1 : CONT[t]} }`),
    ]),
    ...join('step'),
    ...join('cont'),
    ...exposed.flatMap((state) => [
      ...projected(`${state}_ip`, DIMENSION),
      reshape(`${state}_ip`, `${state}_0`, 1, -1, DIMENSION),
    ]),
    layer(
      type,
      bottoms.join(' '),
      tops.join(' '),
      `recurrent_param { num_output: ${DIMENSION} expose_hidden: ${exposed.length > 0} ${FILLED} }`,
    ),
    ...(steps === 1
      ? [layer('Split', 'outputs', 'output0')]
      : [layer('Slice', 'outputs', each('output'), 'slice_param { axis: 0 }')]),
    ...[...all.map((t) => `output${t}`), ...tops.slice(1)].map((name) => reshape(name, `${name}_row`, -1, DIMENSION)),
    layer('Concat', [...all.map((t) => `output${t}`), ...tops.slice(1)].map((name) => `${name}_row`).join(' '), 'h'),
  ].join('\n');
}

function projected(name: string, width: number): string[] {
  return [layer('InnerProduct', 'conv', name, `inner_product_param { num_output: ${width} ${FILLED} }`)];
}

/** An LSTM's step of layers: "h" of cell and hidden state. */
export function unitTower(): string {
  return [
    ...projected('cell_ip', DIMENSION),
    ...projected('gates_ip', 4 * DIMENSION),
    reshape('cell_ip', 'cell', 1, -1, DIMENSION),
    reshape('gates_ip', 'gates', 1, -1, 4 * DIMENSION),
    layer('Reduction', 'gates', 'sum', 'reduction_param { axis: 2 }'),
    layer('Power', 'sum', 'cont', 'power_param { scale: 0 shift: 1 }'),
    layer('LSTMUnit', 'cell gates cont', 'c_1 h_1'),
    layer('Concat', 'c_1 h_1', 'both', 'concat_param { axis: 2 }'),
    reshape('both', 'h', -1, 2 * DIMENSION),
  ].join('\n');
}
