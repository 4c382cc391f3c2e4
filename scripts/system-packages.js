/** System packages that the native build needs, how to see whether they are there, and how to get them. */

const { spawnSync } = require('node:child_process');

const apt = { compiler: 'g++', cmake: 'cmake', make: 'make', lmdb: 'liblmdb-dev' };
const brew = { cmake: 'cmake', make: 'make', lmdb: 'lmdb' };

/** True when a program exists and answers to `--version`. */
function answers(program) {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Include folders that a compiler does not search by itself: Homebrew's. */
function brewPrefix(formula) {
  const found = spawnSync('brew', ['--prefix', formula], { encoding: 'utf8' });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

function compilerFinds(header, folders) {
  const flags = folders.filter(Boolean).map((folder) => `-I${folder}/include`);
  const compiler = process.env.CXX || 'c++';
  const run = spawnSync(compiler, [...flags, '-E', '-x', 'c++', '-'], {
    input: `#include <${header}>\n`,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return run.status === 0;
}

/** What is missing, by the names of the table above. */
function missing() {
  const needs = [];
  if (!answers(process.env.CXX || 'c++')) needs.push('compiler');
  if (!answers('cmake')) needs.push('cmake');
  if (!answers('make') && !answers('ninja')) needs.push('make');
  if (process.platform === 'darwin') {
    if (!compilerFinds('lmdb.h', [brewPrefix('lmdb')])) needs.push('lmdb');
  } else if (needs.includes('compiler') || !compilerFinds('lmdb.h', [])) {
    needs.push('lmdb');
  }
  return needs;
}

/** The commands that install `needs` here, or undefined where we know no package manager. */
function installCommands(needs) {
  if (process.platform === 'darwin') {
    if (needs.includes('compiler')) return [['xcode-select', '--install']];
    return answers('brew') ? [['brew', 'install', ...needs.map((need) => brew[need])]] : undefined;
  }
  if (!answers('apt-get')) return undefined;
  const sudo = process.getuid() === 0 ? [] : ['sudo'];
  return [
    [...sudo, 'apt-get', 'update', '-qq'],
    [...sudo, 'apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...needs.map((need) => apt[need])],
  ];
}

/** May we run the commands ourselves: as root, or by a sudo that asks nothing. */
function mayInstall() {
  if (process.platform === 'darwin') return true;
  return process.getuid() === 0 || spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0;
}

/** Installs what is missing. Returns undefined, or the one command that the user has to type. */
function ensure(log) {
  const needs = missing();
  if (needs.length === 0) return undefined;
  const commands = installCommands(needs);
  if (!commands)
    return `(with your package manager) a C++17 compiler, cmake, make and the liblmdb headers; missing: ${needs.join(', ')}`;
  const line = commands.map((command) => command.join(' ')).join(' && ');
  if (!mayInstall()) return line;
  log(`system packages: ${line}`);
  for (const [program, ...args] of commands) {
    const run = spawnSync(program, args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    if (run.status !== 0) return line;
  }
  return missing().length === 0 ? undefined : line;
}

module.exports = { ensure };
