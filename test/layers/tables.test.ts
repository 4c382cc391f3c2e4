import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { SiameseError } from '../../src/errors';
import { findLayerType, layerTypes } from '../../src/layers/index';
import { messageInfo } from '../../src/proto/fields';

const root = path.join(__dirname, '..', '..');
const natives = [
  ...readFileSync(path.join(root, 'native/layers/layers.def'), 'utf8').matchAll(/^SIAMESE_LAYER\((\w+)\)$/gm),
].map(([, name]) => name!);
/** Inserted by the plan compiler: no prototxt names them. */
const COMPILERS = ['Relayout', 'Stack'];
/** Run by no native layer (Input, Silence), or by that of another type (Flatten by Reshape, ImageData by Data). */
const WITHOUT_NATIVE = ['Flatten', 'HDF5Output', 'ImageData', 'Input', 'MemoryData', 'Silence', 'WindowData'];

const files = (folder: string, end: string) =>
  readdirSync(path.join(root, folder))
    .filter((name) => /^[A-Z]/.test(name) && name.endsWith(end))
    .map((name) => name.slice(0, -end.length));

describe('the tables of layers', () => {
  it('name the same types on both sides', () => {
    expect([...natives].sort()).toEqual(
      [...layerTypes.keys(), ...COMPILERS].filter((type) => !WITHOUT_NATIVE.includes(type)).sort(),
    );
  });
  it('are in order, and name no type twice', () => {
    const alphabetical = (types: string[]) => [...types].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
    expect(natives).toEqual(alphabetical([...new Set(natives)]));
    expect([...layerTypes.keys()]).toEqual(alphabetical([...layerTypes.keys()]));
  });
  it('have a file for each type, and no file besides', () => {
    expect(files('src/layers', '.ts').sort()).toEqual([...layerTypes.keys()].sort());
    const [cuda, headers] = [files('native/layers', '.cuda.h'), files('native/layers', '.h')];
    expect(headers.filter((name) => !name.endsWith('.cuda')).sort()).toEqual([...natives].sort());
    for (const type of cuda) expect(natives).toContain(type);
  });
  it('have a test for each type', () => {
    expect(files('test/layers', '.test.ts').sort()).toEqual([...layerTypes.keys()].sort());
  });
  it('name the messages that caffe.proto has', () => {
    const fields = messageInfo('LayerParameter').byName;
    for (const { type, options } of layerTypes.values()) {
      if (options !== undefined) expect({ type, found: fields.get(options)?.type }).toEqual({ type, found: 'message' });
    }
  });
  it('are what docs/layers.md says', () => {
    execFileSync('node', [path.join(root, 'scripts/generate-layer-docs.js'), '--check'], { stdio: 'pipe' });
  });
  it('call each type by its name', () => {
    for (const [name, { type }] of layerTypes) expect(name).toBe(type);
  });
});

describe('findLayerType', () => {
  it.each([
    ['ReLU', 'ReLU'],
    ['relu', 'ReLU'],
    ['accuracy_decode', 'AccuracyDecode'],
    ['CONTRASTIVE_LOSS', 'ContrastiveLoss'],
  ])('reads %s as %s', (given, type) => {
    expect(findLayerType({ type: given }).type).toBe(type);
  });
  it.each([
    [{ name: 'c', type: 'Convolutoin' }, 'layer "c" has the unknown type "Convolutoin"', 'did you mean "Convolution"?'],
    [{ name: 'p', type: 'Python' }, 'layer "p" is of type Python, which would run Python code', /no Python/],
    [
      { name: 'r', type: 'Recurrent' },
      'layer "r" is of type Recurrent, which is what LSTM and RNN share',
      /"LSTM" or "RNN"/,
    ],
    [{ name: 'n' }, 'layer "n" has no type', undefined],
  ])('refuses %j', (layer, message, help) => {
    let error: SiameseError | undefined;
    try {
      findLayerType(layer);
    } catch (caught) {
      error = caught as SiameseError;
    }
    expect(error?.message).toBe(message);
    if (help) expect(error?.help).toMatch(help);
  });
});
