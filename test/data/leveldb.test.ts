/** LevelDB: Caffe's databases, the user's folder left as it is, temporary folders removed, damage found. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { encodeDatum } from '../../src/data/datum';
import { LevelDbDatabase } from '../../src/data/leveldb-database';
import { openSource } from '../../src/data/open-source';
import type { RecordSet } from '../../src/engine/native';
import { damaged, dice, goldenLmdb, mini, onlyDataErrors, removeTempFolders, snapshotOf, tempFolder } from './fixtures';

jest.setTimeout(60_000); // files and other processes' load, not computing
afterAll(removeTempFolders);

const ours = () => readdirSync(os.tmpdir()).filter((name) => name.startsWith(`siamese-leveldb-${process.pid}-`));

async function all(source: string): Promise<RecordSet> {
  const opened = await openSource(source);
  try {
    return await opened.all();
  } finally {
    await opened.close();
  }
}

function copyOf(name: string): string {
  const folder = path.join(tempFolder(), name);
  cpSync(mini(name), folder, { recursive: true });
  return folder;
}

/** A database with tables, in several of which snappy finds something to compress. */
async function large(records: number): Promise<string> {
  const folder = path.join(tempFolder(), 'large');
  const level = new ClassicLevel<string, Uint8Array>(folder, { valueEncoding: 'view', writeBufferSize: 1 << 18 });
  await level.open();
  const roll = dice(3);
  const noise = Uint8Array.from({ length: 20000 }, () => roll(256));
  const batch = level.batch();
  for (let i = 0; i < records; i++) {
    const from = roll(noise.length - 784);
    const data = i % 2 === 0 ? noise.subarray(from, from + 784) : new Uint8Array(784).fill(i);
    batch.put(String(i).padStart(8, '0'), encodeDatum({ channels: 1, height: 28, width: 28, data, label: i % 10 }));
  }
  await batch.write();
  await level.compactRange('0', '9');
  await level.close();
  return folder;
}

describe("Caffe's databases", () => {
  test.each([
    ['train_leveldb', 'train_lmdb'],
    ['train_leveldb_pristine', 'train_lmdb'], // all records in the write-ahead log
    ['test_leveldb', 'test_lmdb'],
  ])('%s equals %s', async (name, lmdb) => {
    const before = snapshotOf(mini(name));
    const source = await openSource(mini(name), 'LEVELDB');
    expect(source.info).toMatchObject({ kind: 'leveldb', channels: 2, height: 28, width: 28 });
    const [a, b] = [await source.all(), await all(goldenLmdb(lmdb))];
    expect(a.count).toBe(b.count);
    expect(Buffer.compare(a.bytes!, b.bytes!)).toBe(0);
    expect(a.labels).toEqual(b.labels);
    expect(await source.key(a.count - 1)).toBe(String(a.count - 1).padStart(8, '0'));
    await source.close();
    expect(snapshotOf(mini(name))).toEqual(before);
  });

  test('open twice at once, labels alone, and records by number', async () => {
    const before = ours().length;
    const [a, b] = [await openSource(mini('train_leveldb')), await openSource(mini('train_leveldb'))];
    expect(await a.labels()).toEqual((await b.all()).labels);
    const order = Int32Array.of(499, 3, 3, 0);
    const some = await a.read(order);
    const set = await b.all();
    order.forEach((record, i) => {
      expect(some.labels[i]).toBe(set.labels[record]);
      expect(
        Buffer.compare(
          some.bytes!.subarray(i * 1568, (i + 1) * 1568),
          set.bytes!.subarray(record * 1568, (record + 1) * 1568),
        ),
      ).toBe(0);
    });
    await a.close();
    await b.close();
    expect(ours().length).toBe(before);
  });

  test('more records than are handed over at a time', async () => {
    const folder = await large(2200);
    const before = snapshotOf(folder);
    const set = await all(folder);
    expect(set.count).toBe(2200);
    expect([...set.labels.subarray(0, 12)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]);
    expect(set.bytes![2199 * 784]).toBe(2199 & 255);
    expect(snapshotOf(folder)).toEqual(before);
  });
});

describe('temporary folders', () => {
  test('go with close(), and when opening fails', async () => {
    const before = ours();
    await all(mini('test_leveldb'));
    const broken = copyOf('test_leveldb');
    truncateSync(path.join(broken, '000005.ldb'), 5000);
    await onlyDataErrors(() => openSource(broken));
    expect(ours()).toEqual(before);
  });

  test('go when the process exits without closing', () => {
    const tmp = tempFolder();
    const script = `
      const { makeTempFolder } = require('./temp-folder');
      const { existsSync, readdirSync } = require('node:fs');
      const folders = [makeTempFolder('leveldb'), makeTempFolder('leveldb')];
      if (!folders.every(existsSync)) process.exit(9);
      process.exit(3);`;
    const built = path.join(tmp, 'built');
    const root = path.join(__dirname, '..', '..');
    const { transformFileSync } = require('@swc/core');
    require('node:fs').mkdirSync(path.join(built, 'data'), { recursive: true });
    for (const file of ['errors', 'data/temp-folder']) {
      const { code } = transformFileSync(path.join(root, 'src', `${file}.ts`), {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'commonjs' },
      });
      writeFileSync(path.join(built, `${file}.js`), code);
    }
    const inside = path.join(tmp, 'tmp');
    require('node:fs').mkdirSync(inside);
    let status = 0;
    try {
      execFileSync(
        process.execPath,
        ['-e', script.replace('./temp-folder', path.join(built, 'data', 'temp-folder.js'))],
        {
          env: { ...process.env, TMPDIR: inside },
        },
      );
    } catch (error) {
      status = (error as { status: number }).status;
    }
    expect(status).toBe(3);
    expect(readdirSync(inside)).toEqual([]);
  });
});

describe('damage', () => {
  test('a log cut anywhere is an error, not a smaller set', async () => {
    const folder = copyOf('train_leveldb_pristine');
    const log = path.join(folder, '000003.log');
    const good = readFileSync(log);
    const roll = dice(6);
    for (let i = 0; i < 15; i++) {
      writeFileSync(log, good.subarray(0, 1 + roll(good.length - 1)));
      expect(await onlyDataErrors(() => all(folder))).toMatch(/truncated/);
    }
  });

  test('a flipped bit in a log or a table is found by its checksum', async () => {
    const roll = dice(9);
    for (const [name, file] of [
      ['train_leveldb_pristine', '000003.log'],
      ['train_leveldb', '000005.ldb'],
    ] as const) {
      const folder = copyOf(name);
      const good = readFileSync(path.join(folder, file));
      for (let i = 0; i < 15; i++) {
        const bytes = Buffer.from(good);
        bytes[roll(bytes.length - 60)]! ^= 1 << roll(8);
        writeFileSync(path.join(folder, file), bytes);
        expect(await onlyDataErrors(() => all(folder))).toMatch(/corrupt|truncated/);
      }
    }
  });

  test('compressed tables too', async () => {
    const folder = await large(600);
    const table = readdirSync(folder).find((name) => name.endsWith('.ldb'))!;
    const good = readFileSync(path.join(folder, table));
    expect(good.length).toBeLessThan(600 * 784); // snappy did something
    const roll = dice(10);
    for (let i = 0; i < 10; i++) {
      const bytes = Buffer.from(good);
      bytes[roll(bytes.length - 60)]! ^= 1 << roll(8);
      writeFileSync(path.join(folder, table), bytes);
      expect(await onlyDataErrors(() => all(folder))).toMatch(/corrupt|truncated/);
    }
  });

  test('any damage to any file gives data errors only', async () => {
    const roll = dice(12);
    const pristine = readdirSync(mini('test_leveldb')).filter((name) => !name.startsWith('LO'));
    const folder = copyOf('test_leveldb');
    for (let i = 0; i < 30; i++) {
      const name = pristine[roll(pristine.length)]!;
      const file = path.join(folder, name);
      const good = readFileSync(file);
      writeFileSync(file, damaged(good, roll));
      await onlyDataErrors(() => all(folder));
      writeFileSync(file, good);
    }
    expect((await all(folder)).count).toBe(200);
  });

  test.each([
    ['000005.ldb', /missing|No such file|LevelDB/i],
    ['MANIFEST-000095', /incomplete: CURRENT names no MANIFEST/],
  ])('without %s', async (name, message) => {
    const folder = copyOf('test_leveldb');
    rmSync(path.join(folder, name));
    expect(await onlyDataErrors(() => all(folder))).toMatch(message);
  });

  test('a folder that is no LevelDB any more', async () => {
    const folder = copyOf('test_leveldb');
    writeFileSync(path.join(folder, 'CURRENT'), 'nonsense');
    expect(await onlyDataErrors(() => LevelDbDatabase.open(folder))).toMatch(/incomplete/);
    rmSync(path.join(folder, 'CURRENT'));
    expect(existsSync(folder)).toBe(true);
    expect(await onlyDataErrors(() => openSource(folder))).toMatch(/no data set that siamese knows/);
  });
});
