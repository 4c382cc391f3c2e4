import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Hdf5Library, hdf5Library } from '../../src/data/hdf5-library';
import { removeTempFolders, tempFolder } from '../data/fixtures';
import { closeNets, failure, openNet, passes } from './fed-nets';

type Dataset = InstanceType<Hdf5Library['Dataset']>;

afterEach(closeNets);
afterAll(removeTempFolders);

/** Files of some rows each; row r of all has r in every element of "data" (2 x 3) and 100 + r as "label". */
async function files(...rows: number[]): Promise<string> {
  const folder = tempFolder();
  const { File } = await hdf5Library();
  let first = 0;
  const names = rows.map((count, i) => {
    const name = `part${i}.h5`;
    const file = new File(path.join(folder, name), 'w');
    const data = Float32Array.from({ length: count * 6 }, (_, k) => first + Math.floor(k / 6));
    // As programs other than Caffe write them: in chunks, compressed, of other types.
    const packed = i % 2 === 1 ? { chunks: [1, 2, 3], compression: 4 } : {};
    file.create_dataset({ name: 'data', data, shape: [count, 2, 3], dtype: '<f4', ...packed });
    const label = Int32Array.from({ length: count }, (_, k) => 100 + first + k);
    file.create_dataset({ name: 'label', data: label, shape: [count], dtype: '<i4' });
    file.close();
    first += count;
    return name;
  });
  writeFileSync(path.join(folder, 'list.txt'), `${names.join('\n')}\n`);
  return folder;
}

const layer = (options: string, tops = ['data', 'label']) => `
layer { name: "data" type: "HDF5Data" ${tops.map((top) => `top: "${top}"`).join(' ')}
  hdf5_data_param { source: "list.txt" ${options} } }`;

test('batches run over the ends of files, and from the last to the first', async () => {
  const folder = await files(2, 3);
  const restarts: string[] = [];
  const net = await openNet(layer('batch_size: 4'), folder, { onRestart: (name) => restarts.push(name) });
  expect(net.net.blobs.map(({ shape }) => shape)).toEqual([[4, 2, 3], [4]]);
  const data = await passes(net, 3, 'data');
  expect(data.map((values) => values.filter((_, i) => i % 6 === 5))).toEqual([
    [0, 1, 2, 3],
    [4, 0, 1, 2],
    [3, 4, 0, 1],
  ]);
  expect((await passes(net, 1, 'label')).flat()).toEqual([102, 103, 104, 100]);
  expect(restarts).toHaveLength(3);
});

test.each([
  ['resident', undefined],
  ['streamed', 1],
])('shuffled (%s): files, and rows within each, once an epoch, and resumed', async (_, residentLimit) => {
  const folder = await files(3, 4, 5);
  const settings = { seed: 3, ...(residentLimit !== undefined && { residentLimit }) };
  const net = await openNet(layer('batch_size: 6 shuffle: true'), folder, settings);
  const labels = (await passes(net, 4, 'label')).flat();
  const fileOf = (label: number) => (label < 103 ? 0 : label < 107 ? 1 : 2);
  for (const epoch of [labels.slice(0, 12), labels.slice(12)]) {
    expect([...epoch].sort()).toEqual(Array.from({ length: 12 }, (_, i) => 100 + i));
    // A file comes as a whole: it changes twice.
    expect(epoch.filter((label, i) => i > 0 && fileOf(label) !== fileOf(epoch[i - 1]!))).toHaveLength(2);
  }
  expect(labels.slice(0, 12)).not.toEqual(labels.slice(12));
  const first = await openNet(layer('batch_size: 6 shuffle: true'), folder, settings);
  await passes(first, 1, 'label');
  const resumed = await openNet(layer('batch_size: 6 shuffle: true'), folder, { ...settings, seed: 9 });
  resumed.supply.restore(JSON.parse(JSON.stringify(first.supply.state())));
  expect((await passes(resumed, 3, 'label')).flat()).toEqual(labels.slice(6));
});

test('any datasets, in any number', async () => {
  const net = await openNet(layer('batch_size: 2', ['label']), await files(3));
  expect(await passes(net, 2, 'label')).toEqual([
    [100, 101],
    [102, 100],
  ]);
});

describe('refused', () => {
  test('a dataset that is not there', async () => {
    const text = await failure(layer('batch_size: 1', ['data', 'labels']), await files(2));
    expect(text).toMatch(/layer "data" \(HDF5Data\): .*part0.h5 has no dataset "labels"/);
    expect(text).toMatch(/the file has data, label/);
  });

  test('files that are missing, cut short, no HDF5, or of other shapes', async () => {
    const folder = await files(2, 2);
    const part = path.join(folder, 'part1.h5');
    const whole = readFileSync(part);
    writeFileSync(part, whole.subarray(0, whole.length - 50));
    expect(await failure(layer('batch_size: 1'), folder)).toMatch(
      /part1.h5: cannot read this HDF5 file: truncated file/,
    );
    writeFileSync(part, 'hello');
    expect(await failure(layer('batch_size: 1'), folder)).toMatch(
      /part1.h5: cannot read this HDF5 file: file signature not/,
    );
    const { File } = await hdf5Library();
    const other = new File(part, 'w');
    other.create_dataset({ name: 'data', data: new Float32Array(8), shape: [2, 4], dtype: '<f4' });
    other.create_dataset({ name: 'label', data: new Float32Array(2), shape: [2], dtype: '<f4' });
    other.close();
    expect(await failure(layer('batch_size: 1'), folder)).toMatch(
      /part1.h5: a row of "data" is 4, in .*part0.h5 it is 2 x 3/,
    );
    // 8 KB that claim 6.4 GB.
    const large = new File(part, 'w');
    for (const [name, columns] of [
      ['data', 8],
      ['label', 1],
    ] as const) {
      const [data, rest] = [new Float32Array(4 * columns), { maxshape: [null, columns], chunks: [4, columns] }];
      large.create_dataset({ name, data, shape: [4, columns], dtype: '<f4', ...rest });
      (large.get(name) as Dataset).resize([200_000_000, columns]);
    }
    large.close();
    expect(await failure(layer('batch_size: 1'), folder)).toMatch(
      /part1.h5: "data" is of 200000000 x 8 numbers, more than 2 GiB[\s\S]*divide the file/,
    );
    writeFileSync(path.join(folder, 'list.txt'), 'part0.h5\nnone.h5\n');
    expect(await failure(layer('batch_size: 1'), folder)).toMatch(/none.h5: there is no such file/);
  });

  test('a transform, and no batch', async () => {
    const folder = await files(2);
    const transformed = layer('batch_size: 1').replace(
      'hdf5_data_param',
      'transform_param { scale: 2 } hdf5_data_param',
    );
    expect(await failure(transformed, folder)).toMatch(/HDF5Data does not transform/);
    expect(await failure(layer(''), folder)).toMatch(/batch_size must be at least 1/);
  });
});
