/** Runs a solver of the golden set in a process of its own, to be killed or starved: node child.js NAME PREFIX CHANGE. */
const Module = require('node:module');
const path = require('node:path');
const { transformFileSync } = require('@swc/core');

// The TypeScript sources as jest runs them, without a build.
require.extensions['.ts'] = (module, file) => {
  const jsc = { target: 'es2022', parser: { syntax: 'typescript' } };
  module._compile(transformFileSync(file, { jsc, module: { type: 'commonjs' } }).code, file);
};
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  const ours = request.startsWith('.') && parent?.filename?.endsWith('.ts');
  return resolve.call(this, ours ? request.replace(/\.js$/, '.ts') : request, parent, ...rest);
};

const [name, prefix, change] = process.argv.slice(2);
const mini = (file) => path.join(__dirname, '..', 'golden', 'mini', file);
const { Solver } = require('../../src/solver/solver.ts');
const { readSolver } = require('../../src/proto/files.ts');

async function main() {
  const solver = await Solver.create({
    file: mini(`${name}.prototxt`),
    solver: { ...readSolver(mini(`${name}.prototxt`)).message, snapshot_prefix: prefix, ...JSON.parse(change) },
    weights: [mini('init.caffemodel')],
    threads: 1,
    onEvent: (event) => {
      if (event.type === 'snapshot') process.stdout.write(`snapshot ${event.files.iteration}\n`);
    },
  });
  try {
    await solver.train();
  } catch (error) {
    // The training is still there: its state can go elsewhere.
    process.stdout.write(`failed ${error.code} at ${solver.iter}: ${error.message}\n`);
    process.exitCode = 7;
  }
  await solver.dispose();
}
main();
