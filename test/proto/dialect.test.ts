/** Files as MyCaffe writes them: a byte order mark, CRLF, bare words, and fields that Caffe does not have. */
import path from 'node:path';
import { formatError, type SiameseError } from '../../src/errors';
import { parseNet, parseSolver, readNet, readSolver } from '../../src/proto/files';
import { formatText, parseText } from '../../src/proto/text';

const file = (name: string) => path.join(__dirname, 'mycaffe', name);

describe('the siamese model', () => {
  const { message, warnings } = readNet(file('train_val.prototxt'));
  const layer = (name: string, nth = 0) => message.layer!.filter((l) => l.name === name)[nth]!;

  test('has all its layers and values', () => {
    expect(message.name).toBe('SiameseNet');
    expect(message.layer).toHaveLength(24);
    expect(layer('pair_data').data_param).toEqual({
      source: 'MNIST.training',
      batch_size: 64,
      backend: 'IMAGEDB',
      images_per_blob: 2,
      output_all_labels: true,
      balance_matches: true,
      enable_random_selection: true,
    });
    expect(layer('conv1_p').exclude).toEqual([{ phase: 'RUN' }]);
    expect(layer('decode1').max_bottom_count).toEqual([{ phase: 'RUN', count: 1 }]);
    expect(layer('loss').contrastive_loss_param).toEqual({ margin: 2, legacy_version: false, output_matches: true });
    expect(layer('accuracy1').accuracy_param).toEqual({ top_k: 1, axis: 1, ignore_labels: [1, 2] });
  });

  test('its slice keeps axis and loses the equal slice_dim, which Caffe would abort on', () => {
    expect(layer('slice_pair').slice_param).toEqual({ axis: 1, slice_point: [1] });
  });

  test('each field without effect gives a warning at its place', () => {
    const places = warnings.map(({ at, message }) => `${at!.line}:${at!.column} ${/^'(\w+)'/.exec(message)![1]}`);
    expect(places).toEqual([
      '15:7 use_imagedb_mean',
      '16:7 color_order',
      '42:7 use_imagedb_mean',
      '43:7 color_order',
      '288:7 centroid_threshold',
      '289:7 min_alpha',
      '557:7 output_matches',
    ]);
  });

  test('prints as text that plain protobuf reads', () => {
    expect(parseText('NetParameter', formatText('NetParameter', message), 'printed').message).toEqual(message);
  });
});

describe('the solver', () => {
  const { message, warnings } = readSolver(file('solver.prototxt'));

  test('has its values, bare words and all', () => {
    expect(message).toMatchObject({
      lr_policy: 'inv',
      regularization_type: 'L2',
      snapshot_prefix: 'examples/siamese/mnist_siamese',
      snapshot_format: 'BINARYPROTO',
      test_compute_loss: false,
      test_initialization: false,
      ap_version: '11point',
      device_id: 1,
    });
  });

  test('its type in capitals is that of Caffe', () => expect(message.type).toBe('Nesterov'));

  test('the seed that MyCaffe misspells is kept', () => expect(message.random_seed).toBe(1701));

  test('warnings name what changes nothing', () => {
    expect(
      warnings.map((w) =>
        formatError(w, 'warning')
          .split('\n')[0]!
          .replace(/^.*solver\.prototxt:/, ''),
      ),
    ).toEqual([
      "20:1: warning: 'ransom_seed' is read as 'random_seed', which MyCaffe misspells so",
      "21:1: warning: 'snapshot_include_weights' has no effect: a snapshot always holds the weights",
      "22:1: warning: 'snapshot_include_state' has no effect: a snapshot always holds the solver's state",
      "23:1: warning: 'eval_type' has no effect: it concerns detection nets (SSD) only",
      "24:1: warning: 'ap_version' has no effect: it concerns detection nets (SSD) only",
      "25:1: warning: 'show_per_class_result' has no effect: it concerns detection nets (SSD) only",
    ]);
  });
});

describe('leniencies one by one', () => {
  const layer = (text: string) => parseText('LayerParameter', text, 'layer.prototxt').message;

  test.each([
    ['name: conv-1_a.b/c type: Data', { name: 'conv-1_a.b/c', type: 'Data' }],
    ['data_param { source: C:\\data\\mnist }', { data_param: { source: 'C:\\data\\mnist' } }],
    ['data_param { source: mnist:train }', { data_param: { source: 'mnist:train' } }],
    ['name: 3', { name: '3' }],
    ['bottom: [a, "b"]', { bottom: ['a', 'b'] }],
    ['propagate_down: TRUE propagate_down: fAlSe', { propagate_down: [true, false] }],
    ['include { phase: RUN }', { include: [{ phase: 'RUN' }] }],
    ['accuracy_param { ignore_labels: { 3 } }', { accuracy_param: { ignore_labels: [3] } }],
    ['accuracy_param { ignore_labels: {} top_k: 1 }', { accuracy_param: { top_k: 1 } }],
    ['accuracy_param { ignore_labels: 3 ignore_labels: 4 }', { accuracy_param: { ignore_labels: [3, 4] } }],
    ['decode_param { target: KNN k: 3 ignore_label: 5 }', { decode_param: { target: 'KNN', k: 3, ignore_label: [5] } }],
  ])('%s', (text, expected) => {
    expect(layer(text)).toEqual(expected);
  });

  test('a whole message without effect gives one warning, not one per field in it', () => {
    const { warnings } = parseText(
      'LayerParameter',
      'transform_param { mask_param { boundary_left: 1 option { active: True } } }',
      'f',
    );
    expect(warnings.map((w) => w.message)).toEqual(["'mask_param' has no effect: nothing is masked"]);
  });

  test('a field that neither knows is an error with the nearest name', () => {
    expect(() => parseText('LayerParameter', 'data_param { images_per_blobs: 2 }', 'f')).toThrow(
      expect.objectContaining({
        message: "data_param has no field 'images_per_blobs'",
        help: "did you mean 'images_per_blob'?",
      }),
    );
  });
});

describe('what contradicts itself', () => {
  const errorOf = (read: () => unknown): SiameseError => {
    try {
      read();
    } catch (error) {
      return error as SiameseError;
    }
    throw new Error('it was read');
  };

  test('axis and another slice_dim', () => {
    const text = 'layer {\n  name: "s"\n  slice_param { axis: 1\n    slice_dim: 2 }\n}';
    const error = errorOf(() => parseNet(text, 'net'));
    expect(error.at).toMatchObject({ line: 4, column: 5 });
    expect(error.message).toBe("'axis' is 1 and its old name 'slice_dim' is 2");
  });

  test('type and solver_type', () => {
    const error = errorOf(() => parseSolver('type: "SGD"\nsolver_type: ADAM', 'solver'));
    expect(error.at).toMatchObject({ line: 2, column: 1 });
  });

  test('a solver type that there is not', () => {
    expect(errorOf(() => parseSolver('type: "Adma"', 'solver'))).toMatchObject({
      code: 'input',
      help: "did you mean 'Adam'?",
    });
    expect(errorOf(() => parseSolver('type: LBFGS', 'solver')).help).toBe(
      'there are SGD, Nesterov, AdaGrad, RMSProp, AdaDelta, Adam, AdamW',
    );
  });

  test('old transform fields in a current layer, which Caffe ignores in silence', () => {
    const { warnings } = parseNet('layer { name: "d" type: "Data"\n data_param { scale: 0.5 } }', 'net');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatchObject({ layer: 'd', help: 'put it in transform_param', at: { line: 2, column: 15 } });
  });
});
