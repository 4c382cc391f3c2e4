/** Every bad input ends in an error that names the thing, with its documented exit code, and never in a crash. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { newFolder, testImage, writeMnist, writeNet, writePng, writeSolver } from './fixtures';
import { cleanEnv, type Outcome, program, siamese } from './run-cli';

jest.setTimeout(120_000);

let folder: string;
const at = (...names: string[]) => path.join(folder, ...names);
const run = (...words: string[]) => siamese(words, { cwd: folder });
const solver = (name: string, fields: Parameters<typeof writeSolver>[2]) =>
  path.basename(writeSolver(folder, name, { max_iter: 2, test_iter: 1, snapshot: 0, ...fields }));
const trainNet = (name: string, edit: (text: string) => string) => {
  writeNet(folder, edit, `${name}_net`);
  return run('train', '--solver', solver(name, { net: `"${name}_net.prototxt"` }));
};

function expectError({ status, stderr }: Outcome, code: number, ...parts: (string | RegExp)[]): void {
  for (const part of parts) expect(stderr).toMatch(part);
  expect(stderr).toMatch(/error: /);
  expect(stderr).not.toMatch(/internal error|^ +at /m);
  expect(status).toBe(code);
}

beforeAll(() => {
  folder = newFolder();
  writeMnist(folder, 'digits_train', 'train', 300);
  writeMnist(folder, 'digits_test', 't10k', 100);
  writeNet(folder);
  expect(run('train', '--solver', solver('good', {})).status).toBe(0);
  writePng(at('digit.png'), testImage(0).pixels);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('prototxt', () => {
  test('unknown fields: all of them, with place, source line, caret and the nearest name', () => {
    const bad = trainNet('field', (text) =>
      text.replaceAll('num_output: 20', 'num_ouput: 20').replaceAll('stride: 2', 'strid: 2'),
    );
    expectError(
      bad,
      3,
      /field_net\.prototxt:\d+:\d+: error: .*num_ouput/,
      /^ \d+ \| +num_ouput: 20\n +\| +\^$/m,
      'num_output',
    );
    expect(bad.stderr.match(/error: .*(num_ouput|strid)/g)!.length).toBeGreaterThan(2);
  });

  test('a solver field, and a syntax error', () => {
    writeFileSync(at('typo.prototxt'), 'net: "train_val.prototxt"\nbase_lr: 0.01\nlr_polcy: "fixed"\n');
    expectError(run('train', '--solver', 'typo.prototxt'), 3, 'typo.prototxt:3:1: error: ', 'lr_policy');
    writeFileSync(at('syntax.prototxt'), 'net: "train_val.prototxt\nbase_lr: 0.01\n');
    expectError(run('train', '--solver', 'syntax.prototxt'), 3, /syntax\.prototxt:1:\d+: error: /);
  });

  test('an unknown layer type and a blob that nothing makes', () => {
    expectError(
      trainNet('type', (text) => text.replace('"Pooling"', '"Poling"')),
      3,
      /type_net\.prototxt:\d+/,
      'Pooling',
    );
    expectError(
      trainNet('blob', (text) => text.replace('bottom: "pool1"', 'bottom: "poll1"')),
      3,
      /blob_net\.prototxt:\d+/,
      'poll1',
    );
  });

  test('a shape that cannot be', () => {
    const bad = trainNet('shape', (text) => text.replace('kernel_size: 5', 'kernel_size: 50'));
    expectError(bad, 3, /shape_net\.prototxt:\d+:\d+: error: layer "conv1" \(Convolution\)/);
  });

  test('missing files: solver, net, data, weights, snapshot', () => {
    expectError(run('train', '--solver', 'none.prototxt'), 3, 'none.prototxt');
    expectError(
      run('train', '--solver', solver('nonet', { net: '"nonet_net.prototxt"' })),
      3,
      /nonet\.prototxt:1:\d+: error: .*nonet_net/,
    );
    expectError(
      trainNet('nodata', (text) => text.replace('"digits_train"', '"nothing"')),
      4,
      /nodata_net\.prototxt:\d+:\d+: error: .*nothing/,
    );
    expectError(run('train', '--solver', 'good.prototxt', '--weights', 'none.caffemodel'), 3, 'none.caffemodel');
    expectError(run('train', '--solver', 'good.prototxt', '--snapshot', 'none.solverstate'), 3, 'none.solverstate');
    expectError(
      run('train', '--solver', 'good.prototxt', '--snapshot', 'a', '--weights', 'b'),
      2,
      '--snapshot',
      '--weights',
    );
    expectError(run('train'), 2, 'needs a solver');
  });
});

describe('snapshots', () => {
  const copy = (to: string) => {
    for (const end of ['caffemodel', 'solverstate', 'centroids'])
      copyFileSync(at(`good_iter_2.${end}`), at(`${to}.${end}`));
  };

  test('truncated, corrupt, and not a snapshot at all', () => {
    copy('cut');
    truncateSync(at('cut.caffemodel'), 100_000);
    expectError(run('match', '--snapshot', 'cut.caffemodel', 'digit.png'), 3, 'cut.caffemodel');
    expectError(run('train', '--solver', 'good.prototxt', '--weights', 'cut.caffemodel'), 3, 'cut.caffemodel');
    truncateSync(at('cut.solverstate'), 1000);
    expectError(run('train', '--solver', 'good.prototxt', '--snapshot', 'cut.solverstate'), 3, 'cut.');
    truncateSync(at('cut.centroids'), 500);
    expectError(run('match', '--snapshot', 'cut.caffemodel', 'digit.png'), 3, 'cut.centroids');
    expectError(run('match', '--snapshot', 'digit.png', 'digit.png'), 3, 'digit.png');
  });

  test('centroids of other weights are refused', () => {
    copy('other');
    expect(run('train', '--solver', solver('second', { random_seed: 8 })).status).toBe(0);
    copyFileSync(at('second_iter_2.caffemodel'), at('other.caffemodel'));
    expectError(
      run('match', '--snapshot', 'other.caffemodel', 'digit.png'),
      3,
      'other.centroids does not belong to other.caffemodel',
    );
  });

  test('weights that do not fit the net', () => {
    writeNet(folder, (text) => text.replaceAll('num_output: 500', 'num_output: 400'), 'narrow_net');
    const narrow = solver('narrow', { net: '"narrow_net.prototxt"' });
    expectError(run('train', '--solver', narrow, '--weights', 'good_iter_2.caffemodel'), 3, 'ip1', 'shape');
    expectError(run('train', '--solver', narrow, '--snapshot', 'good_iter_2.solverstate'), 3, /ip1|history/);
    expectError(run('test', '--solver', narrow, '--snapshot', 'good_iter_2.caffemodel'), 3, 'ip1');
    const adam = solver('adam', { type: '"Adam"' });
    expectError(run('train', '--solver', adam, '--snapshot', 'good_iter_2.solverstate'), 3, 'history');
  });

  test('nothing trained here', () => {
    mkdirSync(at('empty'));
    expectError(siamese(['match', '../digit.png'], { cwd: at('empty') }), 3, 'siamese train --solver');
    expectError(siamese(['test'], { cwd: at('empty') }), 3, 'siamese train --solver');
  });
});

describe('images', () => {
  test('of another size, truncated, no PNG, missing; the good ones are matched all the same', () => {
    writePng(at('large.png'), new Uint8Array(900), 30, 30);
    copyFileSync(at('digit.png'), at('cut.png'));
    truncateSync(at('cut.png'), 100);
    writeFileSync(at('text.png'), 'no picture');
    const resized = run('match', 'large.png', '--threshold', '1000');
    expect(resized.status).not.toBe(3);
    expect(resized.stderr).toContain('note: large.png: resized from 30x30 to 28x28 pixels');
    expectError(run('match', 'cut.png'), 3, 'cut.png');
    expectError(run('match', 'text.png'), 3, 'text.png');
    expectError(run('match', 'absent.png'), 3, 'absent.png: there is no such file');
    const mixed = run('match', 'cut.png', 'digit.png', 'absent.png', '--threshold', '1000');
    expectError(mixed, 3, 'cut.png', 'absent.png');
    expect(mixed.stdout).toMatch(/^digit\.png .*accepted\n$/);
    expectError(run('match'), 2, 'needs an image');
  });
});

describe('training', () => {
  test('a loss that is no number: exit 5, the last good weights are kept', () => {
    const bad = run('train', '--solver', solver('nan', { base_lr: 1e30, max_iter: 20 }));
    expectError(bad, 5, /error: loss is (nan|inf) at iteration \d+/, 'base_lr');
    expect(readdirSync(folder).some((name) => /^nan_iter_\d+\.caffemodel$/.test(name))).toBe(true);
  });

  test('a label out of range', () => {
    writeFileSync(
      at('label_net.prototxt'),
      `layer { name: "data" type: "Data" top: "data" top: "label" data_param { source: "digits_train" batch_size: 10 } }
layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip" inner_product_param { num_output: 5 } }
layer { name: "loss" type: "SoftmaxWithLoss" bottom: "ip" bottom: "label" top: "loss" }
`,
    );
    const bad = run('train', '--solver', solver('label', { net: '"label_net.prototxt"' }));
    expectError(bad, 4, 'label_net.prototxt:3:1: error: layer "loss" (SoftmaxWithLoss)', /label/);
  });

  test('a folder that cannot be written to', () => {
    writeFileSync(at('file'), '');
    expectError(run('train', '--solver', solver('nowhere', { snapshot_prefix: '"file/x"' })), 7, 'file/x');
  });

  const linux = process.platform === 'linux' ? test : test.skip;
  linux('a full disk: exit 7, the snapshot before is whole, nothing half written remains', () => {
    const before = readFileSync(at('good_iter_2.caffemodel'));
    // A limit on file size stands for the full disk: the same failure in the middle of a write.
    const line = `ulimit -f 1000; exec "${process.execPath}" "${program}" train --solver good.prototxt`;
    const { status, stderr, stdout } = spawnSync('bash', ['-c', line], {
      cwd: folder,
      env: cleanEnv(),
      encoding: 'utf8',
    });
    expectError({ status, stderr, stdout }, 7, 'good_iter_2.caffemodel');
    expect(readFileSync(at('good_iter_2.caffemodel')).equals(before)).toBe(true);
    expect(readdirSync(folder).filter((name) => /tmp|temp/.test(name))).toEqual([]);
  });

  test('a GPU by flag is refused, by solver file it is the CPU with a warning, unset with a note', () => {
    expectError(run('train', '--solver', 'good.prototxt', '-gpu', '0'), 6, 'no CUDA engine');
    const asked = run('train', '--solver', solver('gpu', { solver_mode: 'GPU' }));
    expect(asked.status).toBe(0);
    expect(asked.stderr).toMatch(/gpu\.prototxt:\d+:1: warning: solver_mode is GPU/);
    writeFileSync(at('unset.prototxt'), readFileSync(at('good.prototxt'), 'utf8').replace('solver_mode: CPU\n', ''));
    const unset = run('train', '--solver', 'unset.prototxt');
    expect(unset.status).toBe(0);
    expect(unset.stderr).toMatch(/^note: no solver_mode/);
  });
});
