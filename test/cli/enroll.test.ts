/** enroll, unenroll and gallery as a user runs them. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeKnownNet, writePixels } from '../match/known-net';
import { cleanEnv, program, siamese } from './run-cli';

let folder: string;
const run = (...words: string[]) => siamese([...words, '--snapshot', 'half_iter_1.caffemodel'], { cwd: folder });
const image = (name: string, left: number, right: number) =>
  path.basename(writePixels(path.join(folder, name), left, right));

beforeEach(async () => {
  ({ folder } = await writeKnownNet());
});

test('a class from one image, found by match; the same image again is noticed', () => {
  image('a.png', 100, 180);
  image('b.png', 102, 180);
  const first = run('enroll', 'new', 'a.png');
  expect(first).toMatchObject({ status: 0 });
  expect(first.stdout).toMatch(/^new: 1 image enrolled; threshold [\d.]+; half_iter_1\.gallery\n$/);
  const again = run('enroll', 'new', 'a.png', 'b.png');
  expect(again.stderr).toContain('a.png: "new" holds this image already');
  expect(again.stdout).toContain('new: 1 image enrolled, 2 images in all');
  const match = run('match', 'b.png', '--json');
  expect(JSON.parse(match.stdout).results[0]).toMatchObject({
    class: 'new',
    enrolled: true,
    accepted: true,
    distance: 0.5,
  });
  expect(run('match', 'b.png', '--classes', 'trained')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('unknown'),
  });
  expect(run('enroll', 'other', 'a.png')).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('already, as "new"'),
  });
});

test('an example that looks like another class is worth a warning', () => {
  const { stderr, status } = run('enroll', 'new', image('a.png', 16, 20));
  expect(status).toBe(0);
  expect(stderr).toContain('warning: a.png: to this net it looks like class "1" (distance 2.000, threshold');
});

test('a folder, a list, and what is wrong with them', () => {
  mkdirSync(path.join(folder, 'many'));
  for (const i of [0, 1, 2]) writePixels(path.join(folder, 'many', `${i}.png`), 100 + i, 180);
  expect(run('enroll', 'new', 'many').stdout).toContain('new: 3 images enrolled');
  expect(run('match', 'many').stdout.split('\n')).toHaveLength(4);
  mkdirSync(path.join(folder, 'empty'));
  expect(run('match', 'empty')).toMatchObject({ status: 3, stderr: expect.stringContaining('holds no images') });
  expect(run('enroll', 'new')).toMatchObject({ status: 2, stderr: expect.stringContaining('enroll needs an image') });
  expect(run('enroll')).toMatchObject({ status: 2, stderr: expect.stringContaining('the name of a class') });
  expect(existsSync(path.join(folder, 'half_iter_1.gallery.lock'))).toBe(false);
});

test('unenroll takes out an image, by file or digest, or the class', () => {
  run('enroll', 'new', image('a.png', 100, 180), image('b.png', 102, 180), image('c.png', 104, 180));
  const shown = JSON.parse(run('gallery', 'show', 'new', '--json').stdout);
  expect(shown.exemplars.map((e: { image: string }) => e.image)).toEqual(['a.png', 'b.png', 'c.png']);
  expect(run('unenroll', 'new', 'a.png', shown.exemplars[1].sha256.slice(0, 8)).stdout).toContain(
    '2 images taken out, 1 left',
  );
  expect(run('unenroll', 'new', 'a.png')).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('holds no image a.png'),
  });
  expect(run('unenroll', 'nwe').stderr).toContain('did you mean "new"?');
  expect(run('unenroll', 'new').stdout).toContain('the class is gone');
  expect(JSON.parse(run('gallery', 'list', '--json').stdout).classes).toHaveLength(2);
});

test('merge, export and import', async () => {
  run('enroll', 'new', image('a.png', 100, 180));
  run('enroll', 'two', image('b.png', 10, 180), '--gallery', 'other.gallery');
  expect(run('gallery', 'merge', 'other.gallery', 'other.gallery').stdout).toContain('1 images of 1 classes');
  expect(run('gallery', 'list').stdout).toMatch(/^new +enrolled +1 .*\ntwo +enrolled +1 /m);
  expect(run('gallery', 'export', 'out.jsonl').status).toBe(0);
  expect(run('gallery', 'export', 'out.jsonl')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('exists already'),
  });
  expect(run('gallery', 'import', 'out.jsonl', '--gallery', 'third.gallery').stdout).toContain('2 images of 2 classes');
  expect(readFileSync(path.join(folder, 'third.gallery'))).toEqual(
    readFileSync(path.join(folder, 'half_iter_1.gallery')),
  );
  for (const name of ['x', 'y']) {
    mkdirSync(path.join(folder, 'tree', name), { recursive: true });
    for (const i of [1, 2]) writePixels(path.join(folder, 'tree', name, `${i}.png`), name === 'x' ? 60 : 140, 100 + i);
  }
  expect(run('gallery', 'import', 'tree').stdout).toContain('4 images of 2 classes');
  expect(run('gallery', 'frobnicate').stderr).toContain('has no action "frobnicate"');
  expect(run('gallery', 'show').status).toBe(2);
});

test('a gallery of other weights is refused by everything', async () => {
  const other = (await writeKnownNet(3)).folder;
  run('enroll', 'new', image('a.png', 100, 180));
  const gallery = path.join(folder, 'half_iter_1.gallery');
  for (const words of [
    ['enroll', 'n', path.join(folder, 'a.png')],
    ['match', path.join(folder, 'a.png')],
    ['gallery', 'list'],
  ]) {
    const outcome = siamese([...words, '--gallery', gallery, '--snapshot', 'half_iter_1.caffemodel'], { cwd: other });
    expect(outcome).toMatchObject({ status: 3, stderr: expect.stringContaining('does not belong to this net') });
  }
  const before = siamese(['enroll', 'own', path.join(folder, 'a.png')], { cwd: other });
  expect(before.status).toBe(0);
  const own = readFileSync(path.join(other, 'half_iter_1.gallery'));
  expect(siamese(['gallery', 'merge', gallery], { cwd: other })).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('does not belong to this net'),
  });
  expect(readFileSync(path.join(other, 'half_iter_1.gallery'))).toEqual(own);
  expect(run('match', 'a.png', '--gallery', 'none.gallery')).toMatchObject({ status: 3 });
});

test('enrolments at the same time are all kept', async () => {
  const names = ['p', 'q', 'r', 's', 't'];
  const codes = await Promise.all(
    names.map((name, i) => {
      const words = ['enroll', name, image(`${name}.png`, 40 * i, 250), '--snapshot', 'half_iter_1.caffemodel'];
      const child = spawn(process.execPath, [program, ...words], { cwd: folder, env: cleanEnv(), stdio: 'ignore' });
      return new Promise((resolve) => child.on('close', resolve));
    }),
  );
  expect(codes).toEqual([0, 0, 0, 0, 0]);
  const { classes } = JSON.parse(run('gallery', 'list', '--json').stdout);
  expect(
    classes
      .slice(2)
      .map((known: { class: string }) => known.class)
      .sort(),
  ).toEqual(names);
  expect(new Set(classes.map((known: { label: number }) => known.label)).size).toBe(7);
  expect(readdirSync(folder).filter((file) => /lock|tmp/.test(file))).toEqual([]);
});

test('a lock that a dead process left behind does not matter', () => {
  writeFileSync(path.join(folder, 'half_iter_1.gallery.lock'), '');
  expect(run('enroll', 'new', image('a.png', 100, 180)).status).toBe(0);
});
