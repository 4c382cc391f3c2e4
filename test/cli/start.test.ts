/** The program starts from its bundle, with code that this Node made, and knows when the bundle is old. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Script } from 'node:vm';

const root = path.join(__dirname, '..', '..');
const bundle = path.join(root, 'dist', 'siamese.js');

const head = /^\/\/([0-9a-f]{32}) (\d{8})\n/;

test('V8 takes the code that was made of the first part of the bundle', () => {
  const text = readFileSync(bundle, 'latin1');
  const [, id, length] = head.exec(text)!;
  const code = readFileSync(`${bundle}.code`);
  expect(code.toString('latin1', 0, id!.length)).toBe(id);
  const cachedData = code.subarray(id!.length);
  const script = new Script(text.slice(0, Number(length)), { filename: bundle, cachedData });
  expect(script.cachedDataRejected).toBe(false);
});

test('match needs the first part alone, and of Node neither streams nor zlib', () => {
  const text = readFileSync(bundle, 'latin1');
  const [, , length] = head.exec(text)!;
  const names = Object.keys(new Script(text.slice(0, Number(length))).runInThisContext() as object);
  expect(names).toContain('dist/cli/commands/match.js');
  expect(names).not.toContain('dist/cli/commands/train.js');
  expect(names.filter((name) => /pngjs|hdf5-reader/.test(name))).toEqual([]);
});

test('a module of the bundle finds packages, as it does by itself', () => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, 'bin', 'siamese'), 'data', 'check', 'mnist:test'],
    {
      encoding: 'utf8',
    },
  );
  expect(stderr).toBe('');
  expect(stdout).toMatch(/10000/);
});

test('a module of the bundle imports ES modules: LevelDB, HDF5', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'start-'));
  const database = path.join(folder, 'db');
  const { ClassicLevel } = await import('classic-level');
  const db = new ClassicLevel(database, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  await db.put(Buffer.from('a'), Buffer.from([8, 1, 16, 1, 24, 1, 34, 1, 7, 40, 3])); // a Datum of 1 x 1 x 1, label 3
  await db.close();
  const check = (source: string) =>
    spawnSync(process.execPath, [path.join(root, 'bin', 'siamese'), 'data', 'check', source], { encoding: 'utf8' });
  expect(check(database).stdout).toMatch(/leveldb, 1 record/i);
  // The library is loaded, and refuses the file.
  writeFileSync(path.join(folder, 'x.h5'), '\x89HDF\r\n\x1a\nand no more');
  writeFileSync(path.join(folder, 'x.txt'), path.join(folder, 'x.h5'));
  const net = path.join(folder, 'net.prototxt');
  const source = `hdf5_data_param { source: "${folder}/x.txt" batch_size: 1 }`;
  writeFileSync(net, `name: "n" layer { name: "d" type: "HDF5Data" top: "data" ${source} }`);
  const words = [path.join(root, 'bin', 'siamese'), 'time', '--model', net, '--iterations', '1'];
  const { stderr } = spawnSync(process.execPath, words, { encoding: 'utf8', timeout: 60_000 });
  expect(stderr).toMatch(/cannot read this HDF5 file/);
  rmSync(folder, { recursive: true });
});

describe('which of the two runs', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'start-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  mkdirSync(path.join(folder, 'bin'));
  mkdirSync(path.join(folder, 'dist', 'cli'), { recursive: true });
  copyFileSync(path.join(root, 'bin', 'siamese'), path.join(folder, 'bin', 'siamese'));
  const modules = path.join(folder, 'dist', 'cli', 'main.js');
  const one = path.join(folder, 'dist', 'siamese.js');
  const run = () => {
    const { stdout, stderr } = spawnSync(process.execPath, [path.join(folder, 'bin', 'siamese')], { encoding: 'utf8' });
    return stdout.trim() || stderr;
  };
  /** A bundle whose main module says a word, by way of a module of the second part. */
  const write = (word: string, id = 'a'.repeat(32)) => {
    const module = (name: string, body: string) =>
      `({"dist/${name}.js":function(exports,require,module,__dirname,__load,__late){${body}}})\n`;
    const first = module('cli/main', `exports.main=()=>__load("dist/word.js").say("${word}")`);
    const others = module('word', 'exports.say=(word)=>console.log(word)');
    const length = String(44 + first.length).padStart(8, '0');
    writeFileSync(one, `//${id} ${length}\n${first}${others}`);
  };

  test('the modules alone, the bundle when it is newer, the modules again when they are', () => {
    writeFileSync(modules, "exports.main = () => console.log('modules');");
    expect(run()).toBe('modules');
    write('bundle');
    utimesSync(modules, 1000, 1000);
    expect(run()).toBe('bundle');
    utimesSync(one, 999, 999);
    expect(run()).toBe('modules');
  });

  test('code of something else is passed over', () => {
    utimesSync(one, 2000, 2000);
    copyFileSync(`${bundle}.code`, `${one}.code`);
    expect(run()).toBe('bundle');
    writeFileSync(`${one}.code`, 'no code at all');
    expect(run()).toBe('bundle');
    writeFileSync(`${one}.code`, `${'a'.repeat(32)}and no code`);
    expect(run()).toBe('bundle');
  });

  test('code of a bundle of the same length is passed over', () => {
    const code = path.join(folder, 'code');
    const make = (id: string) => {
      write('bundle', id);
      spawnSync(process.execPath, [path.join(folder, 'bin', 'siamese')], {
        env: { ...process.env, SIAMESE_WRITE_CODE: code },
      });
      return readFileSync(code);
    };
    const ofB = make('b'.repeat(32));
    writeFileSync(`${one}.code`, ofB);
    expect(ofB.toString('latin1', 0, 32)).toBe('b'.repeat(32));
    write('bungle', 'c'.repeat(32)); // by length alone V8 would take it to be the same
    expect(run()).toBe('bungle');
  });
});
