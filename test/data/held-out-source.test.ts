/** hold_out: a data set without some classes, read in every way that a source is read. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withoutClasses } from '../../src/data/held-out-source';
import { openLayerSource } from '../../src/data/layer-source';
import { MemorySource } from '../../src/data/memory-source';
import { formatError, type SiameseError } from '../../src/errors';
import { parseNet } from '../../src/proto/files';
import { onlyDataErrors, removeTempFolders, tempFolder } from './fixtures';
import { grayPng } from './png-writer';

afterAll(removeTempFolders);

/** Records i = 0 .. 11 of labels 0 to 3 by turns, each of one pixel i. */
function source(classNames?: string[]): MemorySource {
  const made = MemorySource.of('made', {
    bytes: Uint8Array.from({ length: 12 }, (_, i) => i),
    labels: Float32Array.from({ length: 12 }, (_, i) => i % 4),
    count: 12,
    channels: 1,
    height: 1,
    width: 1,
  });
  if (classNames) made.info.classNames = classNames;
  return made;
}
const NAMES = ['Greek/alpha', 'Greek/beta', 'Korean/ga', 'Korean/na'];

test.each<[string, string[] | undefined, string[], number[]]>([
  ['labels', undefined, ['1', '3'], [0, 2, 4, 6, 8, 10]],
  ['a name', NAMES, ['Greek/beta'], [0, 2, 3, 4, 6, 7, 8, 10, 11]],
  ['a group', NAMES, ['Korean'], [0, 1, 4, 5, 8, 9]],
  ['a group and a label', NAMES, ['Korean', '0'], [1, 5, 9]],
])('without %s', async (_what, classNames, heldOut, records) => {
  const kept = await withoutClasses(source(classNames), heldOut);
  expect(kept.info.count).toBe(records.length);
  expect([...(await kept.labels())]).toEqual(records.map((i) => i % 4));
  const all = await kept.all();
  expect([...all.bytes!]).toEqual(records);
  expect([...all.labels]).toEqual(records.map((i) => i % 4));
  const last = records.length - 1;
  expect([...(await kept.read(Int32Array.of(last, 0))).bytes!]).toEqual([records[last], records[0]]);
  expect(await kept.key(last)).toBe(String(records[last]).padStart(8, '0'));
});

test('what is not there, and everything, is refused', async () => {
  expect(await onlyDataErrors(() => withoutClasses(source(NAMES), ['Koraen']))).toMatch(
    /made has no class or group "Koraen"/,
  );
  const error = await withoutClasses(source(NAMES), ['Koraen']).catch((thrown: SiameseError) => thrown);
  expect((error as SiameseError).help).toBe('did you mean "Korean"?');
  expect(await onlyDataErrors(() => withoutClasses(source(), ['4']))).toMatch(/no class or group "4"/);
  expect(await onlyDataErrors(() => withoutClasses(source(NAMES), ['Korean', 'Greek']))).toMatch(/all classes/);
});

describe('in a prototxt', () => {
  const layerOf = (root: string, heldOut: string) => {
    const text = `layer {\n  name: "d" type: "Data" top: "x"\n  data_param { source: "${root}" batch_size: 1 ${heldOut} }\n}`;
    const file = path.join(root, '..', 'net.prototxt');
    writeFileSync(file, text);
    return parseNet(text, file).message.layer![0]!;
  };
  const folder = () => {
    const root = path.join(tempFolder(), 'characters');
    for (const name of NAMES) {
      mkdirSync(path.join(root, name), { recursive: true });
      writeFileSync(path.join(root, name, '1.png'), grayPng(2, 2, Uint8Array.of(1, 2, 3, 4)));
    }
    return root;
  };

  test('hold_out leaves alphabets out', async () => {
    const opened = await openLayerSource(layerOf(folder(), 'hold_out: "Greek"'), '.');
    expect(opened.info.count).toBe(2);
    expect(await opened.key(0)).toBe('Korean/ga/1.png');
    await opened.close();
  });

  test('a wrong name is shown where it stands', async () => {
    const wrong = openLayerSource(layerOf(folder(), 'hold_out: "Grek"'), '.');
    const error = await wrong.catch((thrown: SiameseError) => thrown);
    expect((error as SiameseError).at).toMatchObject({ line: 3 });
    expect(formatError(error as SiameseError)).toMatch(
      /no class or group "Grek"[\s\S]*hold_out[\s\S]*did you mean "Greek"/,
    );
  });
});
