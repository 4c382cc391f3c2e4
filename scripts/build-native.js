/** Builds the native addon when its sources, Node or the machine changed. Run by `npm install` and by setup.js. */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { root, unlessCurrent } = require('./build-stamp.js');
const systemPackages = require('./system-packages.js');

function buildNative(log = console.error) {
  const product = 'build/Release/siamese.node';
  const inputs = ['native', 'CMakeLists.txt', 'scripts/build-native.js'];
  // What may turn the CUDA plugin on; it is built where its libraries are found (native/cuda/cuda.cmake).
  const cuda = ['SIAMESE_CUDA', 'SIAMESE_CUDA_WHEELS', 'SIAMESE_CUDA_ARCHITECTURES'].filter(
    (name) => process.env[name],
  );
  const settings = cuda.map((name) => `--CD${name}=${process.env[name]}`);
  const words = [process.version, process.arch, process.platform, ...settings];
  return unlessCurrent({ product, inputs, words }, () => {
    const command = systemPackages.ensure(log);
    if (command) fail(`the native engine needs system packages; type:\n\n    ${command}\n\nand run this again`);
    const started = Date.now();
    log('native engine: building (about a minute)');
    const cmakeJs = path.join(path.dirname(require.resolve('cmake-js/package.json')), 'bin', 'cmake-js');
    const folder = path.join(root, 'build');
    fs.mkdirSync(folder, { recursive: true });
    const output = path.join(folder, 'build.log');
    const file = fs.openSync(output, 'w+');
    const jobs = String(Math.max(1, os.availableParallelism()));
    const run = spawnSync(process.execPath, [cmakeJs, 'compile', '--parallel', jobs, ...settings], {
      cwd: root,
      stdio: ['ignore', file, file],
    });
    // cmake-js may have deleted the folder, and this file with it.
    const text = Buffer.alloc(fs.fstatSync(file).size);
    fs.readSync(file, text, 0, text.length, 0);
    fs.closeSync(file);
    if (run.status !== 0) {
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(output, text);
      const tail = text.toString().split('\n').slice(-40).join('\n');
      fail(`${tail}\nthe native engine did not build; the whole output is in ${output}`);
    }
    if (!fs.existsSync(path.join(root, 'scripts', 'setup.js'))) removeObjects(folder);
    log(`native engine: built in ${Math.round((Date.now() - started) / 1000)} s`);
  });
}

/** In an installed package nobody builds a second time: 100 MB of object files go, what was made and found stays. */
function removeObjects(folder) {
  const kept = ['Release', 'cuda-missing.txt', 'build.log'];
  for (const name of fs.readdirSync(folder)) {
    if (!kept.includes(name)) fs.rmSync(path.join(folder, name), { recursive: true });
  }
}

function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}

module.exports = { buildNative };
if (require.main === module) buildNative();
