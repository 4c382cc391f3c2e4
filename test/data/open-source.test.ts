/** The source of a Data layer: where it is looked for, and errors that point into the prototxt. */
import { cpSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openLayerSource } from '../../src/data/layer-source';
import { findFile } from '../../src/data/open-source';
import { formatError, SiameseError } from '../../src/errors';
import { parseText } from '../../src/proto/text';
import { MINI, removeTempFolders, tempFolder } from './fixtures';

afterAll(removeTempFolders);

async function open(body: string, folder = MINI) {
  const text = `layer {\n  name: "pairs" type: "Data" top: "data"\n  ${body}\n}\n`;
  const layer = parseText('NetParameter', text, 'net.prototxt').message.layer![0]!;
  return openLayerSource(layer, folder);
}

async function failure(body: string, folder?: string): Promise<string> {
  const error = await open(body, folder).catch((e) => e);
  expect(error).toBeInstanceOf(SiameseError);
  return formatError(error);
}

test('from the working directory first, as Caffe has it, then beside the prototxt', async () => {
  const beside = await open('data_param { source: "test_leveldb" }');
  expect(beside.info.name).toBe(path.join(MINI, 'test_leveldb'));
  await beside.close();
  const fromHere = path.relative(process.cwd(), path.join(MINI, 'test_leveldb'));
  const caffe = await open(`data_param { source: "${fromHere}" }`, tempFolder());
  expect(caffe.info.name).toBe(fromHere);
  await caffe.close();
  const elsewhere = tempFolder();
  cpSync(path.join(MINI, 'train_leveldb'), path.join(elsewhere, fromHere), { recursive: true });
  const both = await open(`data_param { source: "${fromHere}" }`, elsewhere);
  expect(both.info.name).toBe(fromHere);
  await both.close();
});

test('IDX files by prefix or as two names, in either place', () => {
  const [here, there] = [tempFolder(), tempFolder()].map((folder) => path.relative(process.cwd(), folder)) as [
    string,
    string,
  ];
  for (const file of ['a-images-idx3-ubyte', 'a-labels-idx1-ubyte']) {
    writeFileSync(path.join(there, file), '');
  }
  const pair = 'a-images-idx3-ubyte,a-labels-idx1-ubyte';
  const images = path.join(there, 'a-images-idx3-ubyte');
  expect(findFile('a', there)).toBe(path.join(there, 'a'));
  expect(findFile(path.join(there, 'a'), here)).toBe(path.join(there, 'a'));
  expect(findFile(pair, there)).toBe(`${images},${path.join(there, 'a-labels-idx1-ubyte')}`);
  expect(findFile(`${images},a-labels-idx1-ubyte`, there)).toBe(`${images},${path.join(there, 'a-labels-idx1-ubyte')}`);
  expect(findFile(pair, here)).toBe(pair);
});

test('a missing source points at its place', async () => {
  expect(await failure('data_param { source: "no_such_db" backend: LMDB }')).toBe(
    [
      'net.prototxt:3:16: error: layer "pairs" (Data): there is no data set no_such_db',
      ' 3 |   data_param { source: "no_such_db" backend: LMDB }',
      '   |                ^',
      '  help: wanted: an LMDB, a LevelDB, IDX files, a folder of folders of images, or mnist:train',
    ].join('\n'),
  );
});

test('a wrong backend, no source at all, and contradictory colours', async () => {
  expect(await failure('data_param { source: "test_leveldb" backend: LMDB }')).toMatch(
    /test_leveldb is of backend LEVELDB, not LMDB/,
  );
  expect(await failure('data_param { batch_size: 4 }')).toMatch(/^net.prototxt:3:3: error: .*data_param has no source/);
  expect(await failure('data_param { source: "x" } transform_param { force_color: true force_gray: true }')).toMatch(
    /force_color and force_gray cannot both be set/,
  );
});
