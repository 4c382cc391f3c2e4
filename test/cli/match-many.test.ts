/** match of more images than it reads at once: order, errors among them, readers that go away, interruption. */
import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import { writeKnownNet, writePixels } from '../match/known-net';
import { cleanEnv, program, siamese } from './run-cli';

/** More than twice as many as are read at once. */
const MANY = 600;
const WORDS = ['match', '--jsonl', '--snapshot', 'half_iter_1.caffemodel'];

let folder: string;
let names: string[];
beforeAll(async () => {
  ({ folder } = await writeKnownNet());
  mkdirSync(path.join(folder, 'many'));
  names = Array.from({ length: MANY }, (_, i) => path.join('many', `${String(i).padStart(3, '0')}.png`));
  for (const [i, name] of names.entries()) writePixels(path.join(folder, name), i % 2 ? 20 : 180, 20);
});

function start(args: readonly string[]) {
  const child = spawn(process.execPath, [program, ...WORDS, ...args], {
    cwd: folder,
    env: cleanEnv(),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdout.setEncoding('utf8');
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  return { child, ended };
}

test('a list from standard input, with one image that is none: all others are answered, in order', () => {
  writeFileSync(path.join(folder, 'bad.png'), 'no image');
  const list = [...names.slice(0, 400), 'bad.png', ...names.slice(400)];
  const { status, stdout, stderr } = siamese([...WORDS, '--files-from', '-'], { cwd: folder, input: list.join('\n') });
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.map(({ image }) => image)).toEqual(list);
  expect(lines[400]).toMatchObject({ error: { code: 'input' } });
  expect(stderr).toContain('bad.png');
  const classes = lines.filter(({ error }) => !error).map((line) => line.class);
  expect(classes).toEqual(names.map((_, i) => (i % 2 ? '1' : '2')));
  expect(status).toBe(3);
});

test('answers do not wait for images that are still being read', async () => {
  const side = 1000;
  const png = new PNG({ width: side, height: side });
  writeFileSync(path.join(folder, 'large.png'), PNG.sync.write(png, { colorType: 0, filterType: 0 }));
  const { child, ended } = start([...names.slice(0, 250), ...new Array<string>(12).fill('large.png')]);
  const begun = performance.now();
  let first: number | undefined;
  let lines = 0;
  child.stdout.on('data', (text: string) => {
    first ??= performance.now() - begun;
    lines += text.split('\n').length - 1;
  });
  expect(await ended).toMatchObject({ signal: null });
  const total = performance.now() - begun;
  expect(lines).toBe(262);
  // Reading the large ones takes some 80 % of the time; where the first answers waited for it, they came in the last 5 %.
  expect(first! / total).toBeLessThan(0.8);
});

test('a folder stands for the images within it, by links also, in order of name', () => {
  mkdirSync(path.join(folder, 'nested', 'b'), { recursive: true });
  writePixels(path.join(folder, 'nested', 'b', '1.png'), 20, 20);
  writePixels(path.join(folder, 'nested', 'c.png'), 180, 20);
  writePixels(path.join(folder, 'elsewhere.png'), 180, 20);
  mkdirSync(path.join(folder, 'linked'));
  writePixels(path.join(folder, 'linked', '2.png'), 20, 20);
  symlinkSync('../linked', path.join(folder, 'nested', 'a'));
  symlinkSync('../elsewhere.png', path.join(folder, 'nested', 'd.png'));
  writeFileSync(path.join(folder, 'nested', 'notes.txt'), 'no image');
  const { stdout } = siamese([...WORDS, 'nested'], { cwd: folder });
  const shown = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).image);
  expect(shown).toEqual(['a/2.png', 'b/1.png', 'c.png', 'd.png'].map((name) => path.join('nested', name)));
});

test('a reader that goes away ends it without a word', async () => {
  const { child, ended } = start(['many']);
  child.stdout.once('data', () => child.stdout.destroy());
  expect(await ended).toEqual({ code: 0, signal: null });
});

test('an interruption leaves whole lines', async () => {
  const { child, ended } = start(new Array<string>(10).fill('many'));
  let text = '';
  child.stdout.on('data', (some: string) => {
    if (text === '') child.kill('SIGINT');
    text += some;
  });
  expect(await ended).toEqual({ code: null, signal: 'SIGINT' });
  const lines = text.trimEnd().split('\n');
  expect(lines.length).toBeLessThan(10 * MANY);
  for (const line of lines) expect(JSON.parse(line).schema).toBe('siamese.match.image/1');
});
