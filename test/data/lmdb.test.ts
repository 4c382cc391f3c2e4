/** LMDB: Caffe's databases, nothing written into them, and damage that liblmdb itself would not survive. */
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { encodeDatum } from '../../src/data/datum';
import { LmdbDatabase } from '../../src/data/lmdb-database';
import { writeLmdb } from '../../src/data/lmdb-folder';
import { openSource } from '../../src/data/open-source';
import { SiameseError } from '../../src/errors';
import { damaged, dice, goldenLmdb, onlyDataErrors, removeTempFolders, snapshotOf, tempFolder } from './fixtures';

jest.setTimeout(60_000); // files and other processes' load, not computing
afterAll(removeTempFolders);

const train = goldenLmdb('train_lmdb');

async function everything(folder: string): Promise<Map<string, Buffer>> {
  const database = new LmdbDatabase(folder);
  try {
    const records = new Map<string, Buffer>();
    await database.scan(0, database.count, (key, value) =>
      records.set(Buffer.from(key).toString(), Buffer.from(value)),
    );
    return records;
  } finally {
    await database.close();
  }
}

describe("Caffe's database", () => {
  test('records, shapes, labels', async () => {
    const source = await openSource(train, 'LMDB');
    expect(source.info).toEqual({ name: train, kind: 'lmdb', count: 500, channels: 2, height: 28, width: 28 });
    const all = await source.all();
    expect(all.bytes!.length).toBe(500 * 2 * 28 * 28);
    expect(await source.labels()).toEqual(all.labels);
    expect(new Set(all.labels)).toEqual(new Set([0, 1]));
    expect(await source.key(499)).toBe('00000499');
    await source.close();
  });

  test('labels alone, and records by number, are those of all()', async () => {
    const [a, b] = [await openSource(train), await openSource(train)];
    const labels = await a.labels();
    const all = await b.all();
    expect(labels).toEqual(all.labels);
    const order = Int32Array.of(499, 0, 17, 17, 250, 1);
    const some = await a.read(order);
    expect(some.count).toBe(6);
    order.forEach((record, i) => {
      const got = some.bytes!.subarray(i * 1568, (i + 1) * 1568);
      expect(Buffer.compare(got, all.bytes!.subarray(record * 1568, (record + 1) * 1568))).toBe(0);
      expect(some.labels[i]).toBe(all.labels[record]);
    });
    await a.close();
    await b.close();
  });

  test('labels alone are exact: negative, large, after any image', async () => {
    const folder = path.join(tempFolder(), 'db');
    const labels = [0, -1, 7, 2 ** 24, -(2 ** 31), 300];
    await writeLmdb(folder, {}, async (put) => {
      labels.forEach((label, i) => {
        const data = new Uint8Array(5 ** i).fill(0x28); // what a label's tag looks like
        put(Buffer.from(String(i)), encodeDatum({ channels: 1, height: 1, width: data.length, data, label }));
      });
      put(Buffer.from('6'), Buffer.from([0x28, 3, 0x28, 9])); // of a field given twice the last one counts
    });
    const database = new LmdbDatabase(folder);
    expect([...(await database.labels())]).toEqual([...labels, 9]);
    await database.close();
    await writeLmdb(folder, { force: true }, async (put) => put(Buffer.from('k1'), Buffer.from([0x22, 200, 1])));
    const broken = new LmdbDatabase(folder);
    expect(await onlyDataErrors(() => broken.labels())).toMatch(/record "k1": it is no Datum, or a truncated one/);
    await broken.close();
  });

  test('as a single file', async () => {
    const file = path.join(tempFolder(), 'pairs.mdb');
    copyFileSync(path.join(train, 'data.mdb'), file);
    const whole = await everything(train);
    const single = await everything(file);
    expect([...single.keys()]).toEqual([...whole.keys()]);
    for (const [key, value] of whole) expect(single.get(key)!.equals(value)).toBe(true);
    expect(readdirSync(path.dirname(file))).toEqual(['pairs.mdb']);
  });

  test('without a lock file none is made, and nothing is changed', async () => {
    const folder = path.join(tempFolder(), 'copy');
    cpSync(train, folder, { recursive: true });
    rmSync(path.join(folder, 'lock.mdb'));
    const before = snapshotOf(folder);
    expect((await everything(folder)).size).toBe(500);
    expect(snapshotOf(folder)).toEqual(before);
  });

  test('with a lock file that is no lock file', async () => {
    const folder = path.join(tempFolder(), 'copy');
    cpSync(train, folder, { recursive: true });
    writeFileSync(path.join(folder, 'lock.mdb'), Buffer.alloc(8192, 7));
    expect((await everything(folder)).size).toBe(500);
  });
});

describe('writing', () => {
  const put = (folder: string, records: Iterable<readonly [string, Uint8Array]>, force = false) =>
    writeLmdb(folder, { force }, async (add) => {
      for (const [key, value] of records) add(Buffer.from(key), value);
    });

  test('what is written is read: more than the first map holds, values of every size', async () => {
    const folder = path.join(tempFolder(), 'new', 'db');
    const roll = dice(4);
    const sizes = [0, 1, 100, 2000, 2047, 2048, 4064, 4096, 9000, 70000];
    const records = new Map<string, Buffer>();
    for (let i = 0; i < 3000; i++) {
      const size = i < sizes.length ? sizes[i]! : roll(20000);
      records.set(String(i).padStart(8, '0'), Buffer.alloc(size, roll(256)));
    }
    await put(folder, records);
    expect(statSync(path.join(folder, 'data.mdb')).size).toBeGreaterThan(16 << 20);
    const found = await everything(folder);
    expect([...found.keys()]).toEqual([...records.keys()]);
    for (const [key, value] of records) expect(found.get(key)!.equals(value)).toBe(true);
    expect(readdirSync(path.dirname(folder))).toEqual(['db']);
    expect((statSync(folder).mode & 0o777) | 0o022).toBe(0o744 | 0o022);
  });

  test('a slash at the end of the name changes nothing', async () => {
    const parent = tempFolder();
    await put(`${path.join(parent, 'db')}/`, [['a', Uint8Array.of(1)]]);
    expect(readdirSync(parent)).toEqual(['db']);
    expect(readdirSync(path.join(parent, 'db')).sort()).toEqual(['data.mdb', 'lock.mdb']);
  });

  test('refuses to overwrite without force, and replaces with it', async () => {
    const folder = path.join(tempFolder(), 'db');
    await put(folder, [['a', Uint8Array.of(1)]]);
    const before = snapshotOf(folder);
    await expect(put(folder, [['b', Uint8Array.of(2)]])).rejects.toThrow(/exists already/);
    expect(snapshotOf(folder)).toEqual(before);
    await put(folder, [['b', Uint8Array.of(2)]], true);
    expect([...(await everything(folder)).keys()]).toEqual(['b']);
  });

  test('never replaces anything but a database', async () => {
    const folder = tempFolder();
    writeFileSync(path.join(folder, 'thesis.txt'), 'x');
    await expect(put(folder, [['a', Uint8Array.of(1)]], true)).rejects.toThrow(/holds other files/);
    expect(readdirSync(folder)).toEqual(['thesis.txt']);
  });

  test.each<[string, [string, Uint8Array][], RegExp]>([
    ['no records', [], /no records to write/],
    [
      'a key twice',
      [
        ['a', Uint8Array.of(1)],
        ['a', Uint8Array.of(2)],
      ],
      /key "a" occurs twice/,
    ],
    ['a key too long', [['k'.repeat(600), Uint8Array.of(1)]], /600 bytes, LMDB takes 1 to 511/],
  ])('%s leaves no trace', async (_what, records, message) => {
    const parent = tempFolder();
    expect(await onlyDataErrors(() => put(path.join(parent, 'db'), records))).toMatch(message);
    expect(readdirSync(parent)).toEqual([]);
  });

  test('a folder that cannot be made is an io error', async () => {
    const file = path.join(tempFolder(), 'file');
    writeFileSync(file, '');
    const error = await put(path.join(file, 'db'), [['a', Uint8Array.of(1)]]).catch((e) => e);
    expect(error).toBeInstanceOf(SiameseError);
    expect(error.code).toBe('io');
  });
});

describe('damage', () => {
  /** A tree of some depth, with small values in its pages and large ones beside them. */
  async function deep(): Promise<Buffer> {
    const folder = path.join(tempFolder(), 'db');
    await writeLmdb(folder, {}, async (put) => {
      for (let i = 0; i < 700; i++) {
        const size = i % 40 === 0 ? 5000 : 60;
        const datum = encodeDatum({
          channels: 1,
          height: 1,
          width: size,
          data: new Uint8Array(size).fill(i),
          label: i % 7,
        });
        put(Buffer.from(`${String(i).padStart(8, '0')}_${'n'.repeat(i % 90)}`), datum);
      }
    });
    return readFileSync(path.join(folder, 'data.mdb'));
  }

  async function readAll(folder: string): Promise<string | undefined> {
    return onlyDataErrors(() => everything(folder));
  }

  test('cut at every page, and elsewhere', async () => {
    const good = await deep();
    const folder = path.join(tempFolder(), 'db');
    mkdirSync(folder);
    const file = path.join(folder, 'data.mdb');
    writeFileSync(file, good);
    expect(await readAll(folder)).toBeUndefined();
    for (let size = good.length - 4096; size >= 0; size -= 4096) {
      truncateSync(file, size);
      expect(await readAll(folder)).toMatch(/truncated|not an LMDB/);
    }
    for (const size of [1, 15, 16, 151, 152, 4095, 4097, 8191]) {
      writeFileSync(file, good.subarray(0, size));
      expect(await readAll(folder)).toMatch(/truncated|not an LMDB/);
    }
  });

  test('any damage to the pages is refused or harmless', async () => {
    const good = await deep();
    const roll = dice(2026);
    const folder = path.join(tempFolder(), 'db');
    mkdirSync(folder);
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      const bytes = Buffer.from(good);
      for (let k = roll(6); k >= 0; k--) {
        // Mostly the bytes that steer: page headers, node offsets, node headers at the end of a page.
        const page = roll(good.length / 4096) * 4096;
        const at = page + [roll(16), roll(16), 16 + roll(200), 4096 - 1 - roll(1500), roll(4096)][roll(5)]!;
        bytes[at] = roll(3) === 0 ? roll(256) : bytes[at]! ^ (1 << roll(8));
      }
      writeFileSync(path.join(folder, 'data.mdb'), bytes);
      if ((await readAll(folder)) !== undefined) refused++;
    }
    expect(refused).toBeGreaterThan(100);
  });

  test('and to whole sources', async () => {
    const good = readFileSync(path.join(train, 'data.mdb'));
    const roll = dice(8);
    const folder = path.join(tempFolder(), 'db');
    mkdirSync(folder);
    for (let i = 0; i < 20; i++) {
      writeFileSync(path.join(folder, 'data.mdb'), damaged(good, roll));
      await onlyDataErrors(async () => {
        const source = await openSource(folder);
        await source.all().finally(() => source.close());
      });
    }
  });

  test('nothing there, empty, or something else', async () => {
    const folder = tempFolder();
    expect(await onlyDataErrors(() => openSource(path.join(folder, 'none')))).toMatch(/there is no data set/);
    expect(await onlyDataErrors(() => openSource(folder))).toMatch(/no data set that siamese knows/);
    writeFileSync(path.join(folder, 'data.mdb'), '');
    expect(await onlyDataErrors(() => openSource(folder))).toMatch(/truncated/);
    writeFileSync(path.join(folder, 'data.mdb'), 'x'.repeat(20000));
    expect(await onlyDataErrors(() => openSource(folder))).toMatch(/not an LMDB file/);
    expect(await onlyDataErrors(() => openSource(train, 'LEVELDB'))).toMatch(/is of backend LMDB, not LEVELDB/);
  });
});
