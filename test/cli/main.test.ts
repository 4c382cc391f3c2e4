/** The program as a whole, up to where a command begins: help, streams, exit codes, pipes. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { cleanEnv, program, root, siamese } from './run-cli';

jest.setTimeout(60_000);

const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

test('--version', () => {
  expect(siamese(['--version'])).toEqual({ status: 0, stdout: `siamese ${version}\n`, stderr: '' });
  expect(JSON.parse(siamese(['--version', '--json']).stdout)).toEqual({ schema: 'siamese.version/1', version });
});

test('bare siamese, --help and help are one page on stdout', () => {
  const bare = siamese([]);
  expect(bare).toMatchObject({ status: 0, stderr: '' });
  expect(bare.stdout).toMatch(/^siamese - .*\n\n {2}# train.*\n {2}siamese train --solver/);
  expect(siamese(['--help']).stdout).toBe(bare.stdout);
  expect(siamese(['help']).stdout).toBe(bare.stdout);
});

test('help of a command, three ways', () => {
  const page = siamese(['train', '--help']);
  expect(page.status).toBe(0);
  expect(page.stdout).toContain('--sigint_effect snapshot|stop|none');
  expect(siamese(['help', 'train']).stdout).toBe(page.stdout);
  expect(siamese(['-h', 'train']).stdout).toBe(page.stdout);
});

test('a typo: exit 2, nothing on stdout', () => {
  expect(siamese(['trian'])).toEqual({
    status: 2,
    stdout: '',
    stderr: 'error: unknown command "trian"\n  help: did you mean "train"?\n',
  });
  expect(siamese(['help', 'tset']).stderr).toContain('did you mean "test"?');
  expect(siamese(['train', '-solvr', 'x'])).toMatchObject({ status: 2, stderr: expect.stringContaining('--solver?') });
});

test('an error as JSON', () => {
  const { status, stdout, stderr } = siamese(['train', '--json', '--threads', 'x', '--level', 'y']);
  expect(status).toBe(2);
  expect(stderr).toContain('--threads takes');
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 'siamese.error/1',
    error: { code: 'usage', message: expect.stringContaining('--threads'), others: [{ code: 'usage' }] },
  });
});

test('colour on request, and by FORCE_COLOR', () => {
  expect(siamese(['trian', '--color', 'always']).stderr).toBe(siamese(['trian']).stderr);
  expect(siamese(['train', '--threads', 'x', '--color=always']).stderr).toContain('\x1b[31merror:');
  expect(siamese(['train', '--threads', 'x'], { env: cleanEnv({ FORCE_COLOR: '1' }) }).stderr).toContain('\x1b[31m');
});

test('a reader that goes away is no error', () => {
  const shell = `"${process.execPath}" "${program}" help train | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync('bash', ['-c', shell], { encoding: 'utf8' });
  expect(stdout).toMatch(/^siamese train - .*\n0\n$/);
  expect(stderr).toBe('');
});

const fullDisk = process.platform === 'linux' ? test : test.skip;
fullDisk('a full disk under stdout is exit 7', () => {
  const { status, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${program}" --version > /dev/full`], {
    encoding: 'utf8',
  });
  expect(status).toBe(7);
  expect(stderr).toMatch(/^error: cannot write the result to standard output: ENOSPC/);
});

test('a defect of ours: says so, with the stack only on request, exit 70', () => {
  const broken = ['-e', `require(${JSON.stringify(path.join(root, 'dist/cli/failure.js'))})`];
  const script = `${broken[1]}.reportFailure(new TypeError('x is not a function'), new (require(${JSON.stringify(
    path.join(root, 'dist/cli/terminal.js'),
  )}).Terminal)({ color: 'never', verbose: process.argv[1] === 'v', quiet: true, json: false }))`;
  const quiet = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stderr;
  expect(quiet).toMatch(/^error: internal error, please report: x is not a function\n {2}help: .*--verbose.*\n$/);
  expect(spawnSync(process.execPath, ['-e', script, 'v'], { encoding: 'utf8' }).stderr).toContain('\n    at ');
});
