/**
 * Everything between a fresh clone and a working `siamese`: system packages, npm packages, native engine, TypeScript.
 * Each step that is done already is skipped, so that a second run costs a moment. Needs nothing but Node.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { root, unlessCurrent } = require('./build-stamp.js');
const systemPackages = require('./system-packages.js');

const OLDEST_NODE = 20;
const log = (line) => console.error(`setup: ${line}`);

function main() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE) fail(`Node ${OLDEST_NODE} or later is needed; this is ${process.version}`);
  npmPackages();
  require('./build-native.js').buildNative(log);
  compileTypeScript();
}

function npmPackages() {
  const words = [process.version, process.arch, process.platform];
  unlessCurrent({ product: 'node_modules/.package-lock.json', inputs: ['package-lock.json'], words }, () => {
    const command = systemPackages.ensure(log);
    if (command) fail(`some system packages are missing; type:\n\n    ${command}\n\nand run this again`);
    log('npm packages: npm ci');
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--ignore-scripts']);
  });
}

function compileTypeScript() {
  const inputs = ['src', 'tsconfig.json', 'package-lock.json', 'scripts/bundle.js'];
  unlessCurrent({ product: 'dist/siamese.js', inputs, words: [process.version] }, () => {
    log('TypeScript: compiling');
    fs.rmSync(path.join(root, 'dist'), { recursive: true, force: true });
    run(path.join(root, 'node_modules', '.bin', 'tsc'), ['-p', root]);
    run(process.execPath, [path.join(root, 'scripts', 'bundle.js')]);
  });
}

function run(program, args) {
  const done = spawnSync(program, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (done.status !== 0) fail(`${path.basename(program)} ${args[0]} failed`);
}

function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}

main();
