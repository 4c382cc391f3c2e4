/**
 * Makes one file of the compiled program (dist/siamese.js), and V8's code for what `match` runs, beside it. Loading three
 * hundred modules takes longer than encoding an image and finding its class. With --code, only the latter: what an
 * installed package does, since the code belongs to one version of Node.
 */

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { root } = require('./build-stamp.js');

const BUNDLE = path.join(root, 'dist', 'siamese.js');
const CODE = `${BUNDLE}.code`;
/** Small libraries that a short command needs; all others are loaded from where they are, by what needs them. */
const INSIDE = /^(commander|pngjs|protobufjs\/dist\/minimal\/protobuf\.min\.js)$/;

async function makeBundle() {
  await require('esbuild').build({
    entryPoints: [path.join(root, 'dist', 'cli', 'main.js')],
    outfile: BUNDLE,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    charset: 'ascii',
    minifyWhitespace: true,
    logLevel: 'error',
    plugins: [
      { name: 'late', setup: loadSomeBuiltinsLate },
      { name: 'packages', setup: keepPackagesOutside },
    ],
  });
}

function keepPackagesOutside(build) {
  // The bundle is given the require() of bin/siamese, so paths count from there.
  build.onResolve({ filter: /\/h5wasm\.js$/ }, () => ({ path: '../dist/data/h5wasm.js', external: true }));
  build.onResolve({ filter: /^[^./]/ }, ({ path: name, importer }) => {
    const own = path.relative(path.join(root, 'dist'), importer);
    if (own.startsWith('..') || INSIDE.test(name)) return undefined;
    return { path: name, external: true };
  });
}

/** Node takes up to 10 ms to load each of these, which most commands import and never use. */
const LATE = /^node:(child_process|crypto|worker_threads)$/;

function loadSomeBuiltinsLate(build) {
  build.onResolve({ filter: LATE }, ({ path: name }) => ({ path: name, namespace: 'late' }));
  build.onLoad({ filter: LATE, namespace: 'late' }, ({ path: name }) => {
    const getters = Object.keys(require(name)).map(
      (key) => `get ${key}() { return require('${name.slice(5)}').${key} }`,
    );
    return { contents: `module.exports = { ${getters.join(', ')} };`, loader: 'js' };
  });
}

/** Runs `match` on a net that has learned nothing, and keeps the code that V8 made of it. */
function makeCode() {
  fs.rmSync(CODE, { force: true });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'siamese-code-'));
  try {
    const image = path.join(root, 'models', 'siamese_mnist', 'images', 'seven.png');
    const words = ['match', '--snapshot', snapshotOf(folder), image];
    const written = path.join(folder, 'code');
    const done = spawnSync(process.execPath, [path.join(root, 'bin', 'siamese'), ...words], {
      env: { ...process.env, SIAMESE_WRITE_CODE: written },
      encoding: 'utf8',
    });
    if (!fs.existsSync(written)) throw new Error(`siamese ${words.join(' ')}: ${done.stderr}`);
    fs.copyFileSync(written, CODE);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** A caffemodel of the untrained MNIST tower, with centroids of a few random images beside it. */
function snapshotOf(folder) {
  const file = path.join(folder, 'untrained.caffemodel');
  const program = `
    const { cutTower, computeCentroids, Encoder, encodeNetWithBlobs, fingerprintOf, MemorySource, readNet, untrainedWeights,
      writeCentroids } = require(${JSON.stringify(path.join(root, 'dist'))});
    const net = readNet(${JSON.stringify(path.join(root, 'models', 'siamese_mnist', 'train_val.prototxt'))}).message;
    const shape = [1, 28, 28];
    const count = 20;
    const bytes = Uint8Array.from({ length: count * 784 }, () => Math.random() * 256);
    const labels = Float32Array.from({ length: count }, (_, i) => i % 2);
    const weights = untrainedWeights(cutTower(net), shape, 1);
    const layer = weights.layers.map(({ blobs, ...rest }) => ({
      ...rest,
      blobs: blobs.map(({ shape: dim, data }) => ({ shape: { dim }, data })),
    }));
    require('node:fs').writeFileSync(${JSON.stringify(file)}, encodeNetWithBlobs({ layer }));
    const encoder = Encoder.fromNet(net, weights, { recordShape: shape });
    const source = MemorySource.of('random', { bytes, labels, count, channels: 1, height: 28, width: 28 });
    computeCentroids(encoder, source, { caffemodel: fingerprintOf(${JSON.stringify(file)}, encoder.deploy) }).then((centroids) => {
      writeCentroids(${JSON.stringify(file.replace('caffemodel', 'centroids'))}, centroids);
      encoder.dispose();
    });`;
  const done = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`no snapshot to match with: ${done.stderr}`);
  return file;
}

async function main() {
  if (!process.argv.includes('--code')) await makeBundle();
  if (!fs.existsSync(BUNDLE)) return;
  try {
    makeCode();
  } catch (error) {
    console.error(`warning: siamese will start more slowly: ${error.message}`);
  }
}

main();
