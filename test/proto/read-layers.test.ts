/** Reading some layers of a caffemodel gives what reading all of it gives. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { encodeNetWithBlobs, readWeights } from '../../src/proto/files';
import { readLayers } from '../../src/proto/read-layers';

const folder = mkdtempSync(path.join(os.tmpdir(), 'read-layers-'));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Uint8Array): string {
  const full = path.join(folder, name);
  writeFileSync(full, bytes);
  return full;
}

const blob = (...values: number[]) => ({ shape: { dim: [values.length] }, data: Float32Array.from(values) });
const large = Array.from({ length: 5000 }, (_, i) => i);
const model = file(
  'model.caffemodel',
  encodeNetWithBlobs({
    name: 'pair',
    layer: [
      { name: 'data', type: 'Input', top: ['data'] },
      { name: 'ip1', type: 'InnerProduct', bottom: ['data'], blobs: [blob(...large), blob(1, 2)] },
      { name: 'ip1_p', type: 'InnerProduct', blobs: [blob(...large), blob(1, 2)] },
      { name: 'ip2', type: 'InnerProduct', blobs: [blob(7)] },
    ],
  }),
);

test('the named layers, with the blobs that reading the whole file gives', () => {
  const all = readWeights(model).layers;
  const some = readLayers(model, new Set(['data', 'ip1', 'ip2', 'unheard of'])).layers;
  expect(some).toEqual([all[0], all[1], all[3]]);
  expect(some[1]!.blobs[0]!.data[4999]).toBe(4999);
});

test.each(['mini/decay_l2_iter_100.caffemodel'])('a file that Caffe wrote: %s', (name) => {
  const golden = path.join(__dirname, '..', 'golden', name);
  const all = readWeights(golden);
  const names = all.layers.map((layer) => layer.name);
  expect(readLayers(golden, new Set(names)).layers).toEqual(all.layers);
});

test('a file of another form is read whole', () => {
  const forced = file('forced', encodeNetWithBlobs({ force_backward: true, layer: [{ name: 'a', blobs: [blob(1)] }] }));
  expect(readLayers(forced, new Set(['nothing'])).layers).toEqual(readWeights(forced).layers);
  const nameless = file('nameless', encodeNetWithBlobs({ layer: [{ type: 'Silence', blobs: [blob(1)] }] }));
  expect(readLayers(nameless, new Set(['nothing'])).layers).toHaveLength(1);
});

test('damage is told as readWeights tells it', () => {
  const bytes = readFileSync(model);
  const cut = file('cut', bytes.subarray(0, bytes.length - 10));
  expect(() => readLayers(cut, new Set(['ip2']))).toThrow(/is no caffemodel, or it is damaged/);
  expect(() => readLayers(path.join(folder, 'absent'), new Set(['ip2']))).toThrow(/no such file/);
});
