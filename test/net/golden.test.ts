/** Whole nets against what the original Caffe made of them: layers after filter and split, backward, blobs, params. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { buildNet } from '../../src/net/net.js';
import { readNet } from '../../src/proto/files.js';

interface GoldNet {
  phase: 'TRAIN' | 'TEST';
  layers: { name: string; type: string; bottoms: string[]; tops: string[]; need_backward: boolean }[];
  blobs: { role: 'blob' | 'param'; index: number; kind: 'data' | 'diff'; name: string; shape: number[] }[];
}

const FOLDER = path.join(__dirname, '..', 'golden', 'nets');
const names = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.gold'))
  .map((file) => path.parse(file).name);

function readHeader(name: string): GoldNet {
  const bytes = readFileSync(path.join(FOLDER, `${name}.gold`));
  return JSON.parse(bytes.toString('utf8', 12, 12 + bytes.readUInt32LE(8)));
}

test('there are golden nets', () => {
  expect(names).toHaveLength(7);
});

describe.each(names)('%s', (name) => {
  const gold = readHeader(name);
  const built = buildNet(readNet(path.join(FOLDER, `${name}.prototxt`)).message, { phase: gold.phase });

  test('layers', () => {
    const layers = built.layers.map(({ param, tops, needsBackward }) => ({
      name: param.name,
      type: param.type,
      bottoms: param.bottom ?? [],
      tops: tops.map((top) => built.blobs[top]!.name),
      need_backward: needsBackward,
    }));
    expect(layers).toEqual(gold.layers);
  });

  test('blobs', () => {
    const blobs = gold.blobs.filter(({ role, kind }) => role === 'blob' && kind === 'data');
    expect(built.blobs.map(({ name: blob, shape }) => [blob, shape])).toEqual(
      blobs.map(({ name: blob, shape }) => [blob, shape]),
    );
  });

  test('params', () => {
    const params = gold.blobs.filter(({ role, kind }) => role === 'param' && kind === 'data');
    const own = built.params.map(({ layer, index, shape }) => [built.layers[layer]!.param.name, index, shape]);
    expect(own).toEqual(params.map(({ name: layer, index, shape }) => [layer, index, shape]));
  });
});
