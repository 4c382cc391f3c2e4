/** siamese draw: a file of the form that its name says. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { newFolder } from './fixtures';
import { root, siamese } from './run-cli';

const folder = newFolder();
const at = (name: string) => path.join(folder, name);
const run = (...words: string[]) => siamese(words, { cwd: folder });
const NET = path.join(root, 'models/siamese_mnist/train_val.prototxt');
afterAll(() => rmSync(folder, { recursive: true }));

test('SVG by default, PNG by name, nothing replaced unasked', () => {
  expect(run('draw', NET, '--shape', '1,28,28')).toMatchObject({ status: 0, stdout: 'net.svg\n', stderr: '' });
  expect(readFileSync(at('net.svg'), 'utf8')).toContain('>siamese_mnist, phase TRAIN</text>');
  const { stdout } = run('draw', NET, '--rankdir', 'LR', '-o', 'wide.png', '--json');
  const { schema, width, height } = JSON.parse(stdout);
  expect([schema, width > 2 * height]).toEqual(['siamese.draw/1', true]);
  expect(readFileSync(at('wide.png')).toString('latin1', 1, 4)).toBe('PNG');
  expect(run('draw', NET, '-o', 'wide.png')).toMatchObject({ status: 2, stderr: expect.stringContaining('--force') });
  expect(run('draw', NET, '-o', 'net.pdf')).toMatchObject({ status: 2, stderr: expect.stringContaining('.svg') });
});

test('a net that cannot be built is no picture', () => {
  writeFileSync(at('bad.prototxt'), 'layer { name: "c" type: "Convolution" bottom: "x" top: "c" }');
  expect(run('draw', 'bad.prototxt', '-o', 'bad.svg')).toMatchObject({ status: 3 });
  expect(existsSync(at('bad.svg'))).toBe(false);
});
