import type { SiameseError } from '../../src/errors';
import { buildNet } from '../../src/net/net';
import { parseText } from '../../src/proto/text';

const RECORD: [number, number, number] = [3, 28, 20];

function build(data: string, transform = '', tops = 2, record: typeof RECORD | undefined = RECORD) {
  const names = ['data', 'label', 'more'].slice(0, tops).map((top) => `top: "${top}"`);
  const text = `layer {
  name: "pairs" type: "Data" ${names.join(' ')}
  data_param { ${data} }
  transform_param { ${transform} }
}`;
  const warnings: SiameseError[] = [];
  const net = buildNet(parseText('NetParameter', text, 'data.prototxt').message, {
    phase: 'TRAIN',
    recordShapes: () => record,
    warn: (warning) => warnings.push(warning),
  });
  return { text, net, setup: net.layers[0]!.setup, shapes: net.blobs.map(({ shape }) => shape) };
}

describe('Data', () => {
  it.each([
    ['single records', 'batch_size: 64', '', [[64, 3, 28, 20], [64]]],
    ['a crop', 'batch_size: 2', 'crop_size: 20', [[2, 3, 20, 20], [2]]],
    [
      'pairs',
      'batch_size: 64 images_per_blob: 2',
      '',
      [
        [64, 6, 28, 20],
        [64, 1],
      ],
    ],
    [
      'pairs with both labels',
      'batch_size: 64 images_per_blob: 2 output_all_labels: true',
      '',
      [
        [64, 6, 28, 20],
        [64, 2],
      ],
    ],
    [
      'triplets',
      'batch_size: 5 images_per_blob: 3 output_all_labels: true',
      'crop_size: 7',
      [
        [5, 9, 7, 7],
        [5, 3],
      ],
    ],
  ])('shapes of %s', (_, data, transform, expected) => {
    expect(build(data, transform).shapes).toEqual(expected);
  });

  it('needs no label top', () => {
    expect(build('batch_size: 1', '', 1).shapes).toEqual([[1, 3, 28, 20]]);
  });

  it('tells the engine what to do to the bytes', () => {
    const { setup } = build('batch_size: 1', 'scale: 0.5 crop_size: 8 mean_value: 1 mean_value: 2 mean_value: 3');
    expect(setup.attributes).toEqual({
      scale: 0.5,
      crop_size: 8,
      mean_values: [1, 2, 3],
      images_per_blob: 1,
      output_all_labels: false,
    });
  });

  it.each([
    ['no batch', '', '', /batch_size must be at least 1/, 'data_param'],
    ['an empty batch', 'batch_size: 0', '', /batch_size must be at least 1, not 0/, 'batch_size'],
    ['no images', 'batch_size: 1 images_per_blob: 0', '', /images_per_blob must be at least 1/, 'images_per_blob'],
    ['the similarity of three', 'batch_size: 1 images_per_blob: 3', '', /needs output_all_labels/, 'images_per_blob'],
    [
      'a crop larger than the records',
      'batch_size: 1',
      'crop_size: 21',
      /crop_size 21 is larger.*28 x 20/,
      'crop_size',
    ],
    [
      'two means for three channels',
      'batch_size: 1',
      'mean_value: 1 mean_value: 2',
      /2 mean_value for 3 channels/,
      'mean_value',
    ],
    [
      'half a class',
      'batch_size: 10 images_per_class: 4',
      '',
      /10 is no multiple of images_per_class 4/,
      'images_per_class',
    ],
    ['half a group', 'batch_size: 12 images_per_class: 2 classes_per_group: 4', '', /6 classes/, 'classes_per_group'],
    ['groups of no classes', 'batch_size: 12 classes_per_group: 4', '', /needs images_per_class/, 'classes_per_group'],
    [
      'a turn beyond half',
      'batch_size: 1',
      'affine_param { rotation: 181 }',
      /rotation must be from 0 to 180/,
      'rotation',
    ],
    // 0.48 of a third of the 19 steps between the columns.
    ['a fold', 'batch_size: 1', 'affine_param { elastic: 3.1 }', /elastic must be from 0 to 3, not 3.1/, 'elastic'],
    ['turns of oblongs', 'batch_size: 1 rotations_as_classes: true', '', /wants square images/, 'rotations_as_classes'],
    ['both kinds of mean', 'batch_size: 1', 'mean_value: 1 mean_file: "m"', /cannot be given together/, 'mean_value'],
  ])('refuses %s', (_, data, transform, message, field) => {
    const error = errorOf(() => build(data, transform));
    expect(error.message).toMatch(message);
    expect(error.at?.text?.slice(error.at.column - 1)).toMatch(new RegExp(`^${field}`));
  });

  it('refuses a net whose data set is not open', () => {
    const unknown = () =>
      buildNet(
        parseText('NetParameter', 'layer { type: "Data" top: "x" data_param { source: "db" batch_size: 1 } }', 'x')
          .message,
        {
          phase: 'TRAIN',
        },
      );
    expect(errorOf(unknown).message).toMatch(/shape of the records is not known/);
  });

  it('refuses a third top', () => {
    expect(errorOf(() => build('batch_size: 1', '', 3)).message).toMatch(/needs 1 to 2 tops/);
  });
});

function errorOf(call: () => unknown): SiameseError {
  try {
    call();
  } catch (error) {
    return error as SiameseError;
  }
  throw new Error('there was no error');
}
