import { removeTempFolders } from '../data/fixtures';
import { closeNets, failure, openNet, passes } from './fed-nets';

afterEach(closeNets);
afterAll(removeTempFolders);

const net = (options = 'batch_size: 2 channels: 1 height: 1 width: 2') => `
layer { name: "data" type: "MemoryData" top: "data" top: "label" memory_data_param { ${options} } }`;

const records = (count: number, from = 0) => ({
  floats: Float32Array.from({ length: 2 * count }, (_, i) => from + i / 4),
  labels: Float32Array.from({ length: count }, (_, i) => from + i),
  count,
  channels: 1,
  height: 1,
  width: 2,
});

test('batch after batch, then again from the first; new records begin at their first', async () => {
  const running = await openNet(net(), '.');
  running.setMemoryData('data', records(4));
  expect(await passes(running, 3, 'data')).toEqual([
    [0, 0.25, 0.5, 0.75],
    [1, 1.25, 1.5, 1.75],
    [0, 0.25, 0.5, 0.75],
  ]);
  running.setMemoryData('data', records(2, 50));
  expect(await passes(running, 2, 'label')).toEqual([
    [50, 51],
    [50, 51],
  ]);
});

test('bytes are taken as well', async () => {
  const running = await openNet(net(), '.');
  const { floats: _floats, ...rest } = records(2);
  running.setMemoryData('data', { ...rest, bytes: Uint8Array.of(1, 2, 3, 255) });
  expect(await passes(running, 1, 'data')).toEqual([[1, 2, 3, 255]]);
});

test('a place within the records is kept in the state', async () => {
  const first = await openNet(net(), '.');
  first.setMemoryData('data', records(6));
  await passes(first, 2, 'label');
  const second = await openNet(net(), '.');
  second.setMemoryData('data', records(6));
  second.supply.restore(JSON.parse(JSON.stringify(first.supply.state())));
  expect(await passes(second, 1, 'label')).toEqual([[4, 5]]);
});

test('no records, too few, of another shape, for another layer', async () => {
  expect(await failure(net(), '.', 1)).toMatch(/layer "data" \(MemoryData\): it was given no data/);
  const running = await openNet(net(), '.');
  expect(() => running.setMemoryData('data', records(3))).toThrow(/3 records are no whole number of batches of 2/);
  expect(() => running.setMemoryData('data', { ...records(2), width: 3 })).toThrow(
    /of 1 x 1 x 3, the layer takes 1 x 1 x 2/,
  );
  expect(() => running.setMemoryData('data', { ...records(2), labels: new Float32Array(1) })).toThrow(/as many labels/);
  expect(() => running.setMemoryData('other', records(2))).toThrow(/no MemoryData layer "other"/);
});

test('what the prototxt must say', async () => {
  expect(await failure(net('channels: 1 height: 1 width: 1'), '.')).toMatch(/batch_size must be at least 1/);
  expect(await failure(net('batch_size: 1 channels: 1 height: 1'), '.')).toMatch(/width must be at least 1/);
});
