/** Ends that nobody planned: the process leaves, a worker dies, an engine is forgotten. None may crash or hang. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const ADDON = process.env.SIAMESE_NATIVE ?? path.join(__dirname, '..', '..', 'build', 'Release', 'siamese.node');

const SETUP = `
  const native = require(${JSON.stringify(path.resolve(ADDON))});
  const tensor = (offset) => ({ arena: 'activation', offset, shape: [64, 512], split: 1, pitch: 64 });
  const pair = (data) => ({ data, diff: -1 });
  const plan = {
    net: 'n', phase: 'TEST', tensors: [tensor(0), tensor(32768)], params: [], feeds: [], losses: [], outputs: [],
    blobs: [{ name: 'x', ...pair(0), kept: true }], forward: [0], backward: [],
    layers: [{ name: 'r', type: 'ReLU', bottoms: [pair(0)], tops: [pair(1)], params: [], attributes: {} }],
    sizes: { activation: 65536, param: 0 },
  };
  const endless = { count: 1 << 30, mode: 'forward', feeds: [] };
`;

function node(code: string): { status: number | null; signal: string | null; output: string } {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '-e', SETUP + code], {
    encoding: 'utf8',
    timeout: 20000,
  });
  return { status, signal, output: stdout + stderr };
}

const CLEAN = { status: 0, signal: null, output: '' };

test('an idle engine does not keep the process alive', () => {
  expect(node('globalThis.engine = native.createEngine(plan, {});')).toEqual(CLEAN);
});

test('a run does', () => {
  const code = `native.createEngine(plan, {}).run({ ...endless, count: 2000 }).then(({ done }) => console.log(done));`;
  expect(node(code)).toEqual({ ...CLEAN, output: '2000\n' });
});

test('process.exit in the middle of a run', () => {
  const code = `native.createEngine(plan, {}).run(endless); setTimeout(() => process.exit(7), 50);`;
  expect(node(code)).toEqual({ ...CLEAN, status: 7 });
});

test('an exception in the middle of a run', () => {
  const result = node(
    `native.createEngine(plan, {}).run(endless); setTimeout(() => { throw new Error('mine'); }, 50);`,
  );
  expect(result).toMatchObject({ status: 1, signal: null });
  expect(result.output).toContain('mine');
});

test('a forgotten engine is collected, thread and all', () => {
  const code = `
    const { readdirSync } = require('node:fs');
    const threads = () => process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0;
    native.createEngine(plan, {}).dispose();
    const before = threads();
    for (let i = 0; i < 30; i++) native.createEngine(plan, {});
    setTimeout(() => { gc(); setTimeout(() => console.log(threads() - before), 50); }, 10);`;
  expect(node(code)).toEqual({ ...CLEAN, output: '0\n' });
});

test('a worker that is terminated in the middle of a run', () => {
  const worker = `${SETUP} native.createEngine(plan, {}).run(endless);`;
  const code = `
    const { Worker } = require('node:worker_threads');
    const worker = new Worker(${JSON.stringify(worker)}, { eval: true });
    setTimeout(() => worker.terminate().then(() => console.log('over')), 200);`;
  expect(node(code)).toEqual({ ...CLEAN, output: 'over\n' });
});

test('many engines at once', () => {
  const code = `
    const engines = Array.from({ length: 8 }, () => native.createEngine(plan, { threads: 2 }));
    Promise.all(engines.map((e) => e.run({ ...endless, count: 50 }))).then((all) => {
      for (const e of engines) e.dispose();
      console.log(all.every(({ done }) => done === 50));
    });`;
  expect(node(code)).toEqual({ ...CLEAN, output: 'true\n' });
});
