/** The program starts from its bundle, with code that this Node made, and knows when the bundle is old. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Script } from 'node:vm';

const root = path.join(__dirname, '..', '..');
const bundle = path.join(root, 'dist', 'siamese.js');

test('V8 takes the code that was made of the bundle', () => {
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(bundle, 'latin1')}\n})`;
  const script = new Script(source, { filename: bundle, cachedData: readFileSync(`${bundle}.code`) });
  expect(script.cachedDataRejected).toBe(false);
});

describe('which of the two runs', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'start-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  mkdirSync(path.join(folder, 'bin'));
  mkdirSync(path.join(folder, 'dist', 'cli'), { recursive: true });
  copyFileSync(path.join(root, 'bin', 'siamese'), path.join(folder, 'bin', 'siamese'));
  const says = (word: string) => `exports.main = () => console.log('${word}');`;
  const modules = path.join(folder, 'dist', 'cli', 'main.js');
  const one = path.join(folder, 'dist', 'siamese.js');
  const run = () =>
    spawnSync(process.execPath, [path.join(folder, 'bin', 'siamese')], { encoding: 'utf8' }).stdout.trim();

  test('the modules alone, the bundle when it is newer, the modules again when they are', () => {
    writeFileSync(modules, says('modules'));
    expect(run()).toBe('modules');
    writeFileSync(one, says('bundle'));
    utimesSync(modules, 1000, 1000);
    expect(run()).toBe('bundle');
    utimesSync(one, 999, 999);
    expect(run()).toBe('modules');
  });

  test('code of something else is passed over', () => {
    utimesSync(one, 2000, 2000);
    copyFileSync(`${bundle}.code`, `${one}.code`);
    expect(existsSync(`${one}.code`)).toBe(true);
    expect(run()).toBe('bundle');
    writeFileSync(`${one}.code`, 'no code at all');
    expect(run()).toBe('bundle');
  });
});
