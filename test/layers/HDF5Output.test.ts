import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readHdf5 } from '../../src/proto/hdf5-reader';
import { removeTempFolders, tempFolder } from '../data/fixtures';
import { closeNets, failure, openNet, passes } from './fed-nets';

afterEach(closeNets);
afterAll(removeTempFolders);

const net = (file: string, more = '') => `
layer { name: "data" type: "MemoryData" top: "data" top: "label"
  memory_data_param { batch_size: 2 channels: 1 height: 1 width: 3 } }
layer { name: "double" type: "Power" bottom: "data" top: "double" power_param { scale: 2 } }
${more}
layer { name: "out" type: "HDF5Output" bottom: "double" bottom: "label" hdf5_output_param { file_name: "${file}" } }`;

test('holds the rows of all passes, once the net is disposed of', async () => {
  const file = path.join(tempFolder(), 'out.h5');
  const running = await openNet(net(file), '.', { phase: 'TEST' });
  const floats = Float32Array.from({ length: 12 }, (_, i) => i);
  const labels = Float32Array.of(7, 8, 9, 10);
  running.setMemoryData('data', { floats, labels, count: 4, channels: 1, height: 1, width: 3 });
  // Two passes in one run, then one more.
  const { chunks } = await running.supply.prepare(2);
  expect(await running.run({ mode: 'forward', count: 2, feeds: chunks })).toMatchObject({ done: 2 });
  await passes(running, 1, 'label');
  await running.dispose();
  const { members } = readHdf5(readFileSync(file));
  expect([...members.keys()]).toEqual(['data', 'label']);
  expect(members.get('data')).toEqual({
    kind: 'dataset',
    shape: [6, 1, 1, 3],
    values: Float32Array.from({ length: 18 }, (_, i) => (i % 12) * 2),
  });
  expect(members.get('label')).toEqual({ kind: 'dataset', shape: [6], values: Float32Array.of(7, 8, 9, 10, 7, 8) });
});

test('behind a Filter: the rows that it let through, none in some passes', async () => {
  const file = path.join(tempFolder(), 'out.h5');
  const filter =
    'layer { name: "f" type: "Filter" bottom: "double" bottom: "label" bottom: "label" top: "fd" top: "fl" }';
  const text = net(file, filter).replace('bottom: "double" bottom: "label" hdf5', 'bottom: "fd" bottom: "fl" hdf5');
  const running = await openNet(text, '.', { phase: 'TEST' });
  const floats = Float32Array.from({ length: 18 }, (_, i) => i);
  running.setMemoryData('data', {
    floats,
    labels: Float32Array.of(0, 5, 0, 0, 6, 7),
    count: 6,
    channels: 1,
    height: 1,
    width: 3,
  });
  await passes(running, 3, 'label');
  await running.dispose();
  const { members } = readHdf5(readFileSync(file));
  expect(members.get('data')).toEqual({
    kind: 'dataset',
    shape: [3, 1, 1, 3],
    values: Float32Array.of(6, 8, 10, 24, 26, 28, 30, 32, 34),
  });
  expect(members.get('label')).toEqual({ kind: 'dataset', shape: [3], values: Float32Array.of(5, 6, 7) });
});

test('a place that cannot be written to, no name, and rows that do not match', async () => {
  const folder = tempFolder();
  mkdirSync(path.join(folder, 'out.h5'));
  expect(await failure(net('/none/out.h5'), '.')).toMatch(/cannot write \/none\/out.h5: its folder does not exist/);
  expect(await failure(net(''), '.')).toMatch(/file_name is missing/);
  const reshape =
    'layer { name: "r" type: "Reshape" bottom: "label" top: "l" reshape_param { shape { dim: 1 dim: 2 } } }';
  const text = net(path.join(folder, 'x.h5'), reshape).replace(
    'bottom: "double" bottom: "label"',
    'bottom: "double" bottom: "l"',
  );
  expect(await failure(text, '.')).toMatch(/"double" has 2 rows, "l" has 1/);
});
