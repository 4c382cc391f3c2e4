/**
 * Makes one file of the compiled program (dist/siamese.js), and V8's code for what `match` runs, beside it. Loading three
 * hundred modules takes longer than encoding an image and finding its class. With --code, only the latter: what an
 * installed package does, since the code belongs to one version of Node.
 *
 *   //<digest> <length of the first part>
 *   ({"dist/cli/main.js":(exports,require,module,__dirname,__load,__late)=>{...}, ...})      the modules that match loads
 *   ({...})                                                                         all others
 */

const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const { createRequire } = require('node:module');
const os = require('node:os');
const path = require('node:path');
const { root } = require('./build-stamp.js');

const BUNDLE = path.join(root, 'dist', 'siamese.js');
const CODE = `${BUNDLE}.code`;
/** Small libraries that a short command needs; all others are loaded from where they are, by what needs them. */
const INSIDE = ['commander', 'pngjs', 'protobufjs/dist/minimal/protobuf.min.js'];
/** Node takes up to 10 ms to load each of these. */
const LATE = /^node:(child_process|crypto|os|worker_threads|zlib)$/;

/** `words`: a command line of `match`, whose modules are to come first; undefined where it does not run. */
function makeBundle(words, folder) {
  const sources = new Map();
  const add = (file) => {
    const name = nameOf(file);
    if (!sources.has(name)) {
      sources.set(name, undefined);
      sources.set(name, asFunction(fs.readFileSync(file, 'utf8'), file, add));
    }
    return name;
  };
  for (const name of fs.readdirSync(path.join(root, 'dist'), { recursive: true })) {
    const file = path.join(root, 'dist', name);
    if (isInside(file)) add(file);
  }
  writeBundle(sources, () => true);
  if (!words) return;
  const used = new Set(JSON.parse(runAndWrite(words, 'SIAMESE_WRITE_MODULES', folder)));
  writeBundle(sources, (name) => used.has(name));
}

function writeBundle(sources, isFirst) {
  const names = [...sources.keys()].sort();
  const part = (chosen) => `({${chosen.map((name) => `${JSON.stringify(name)}:${sources.get(name)}`).join(',\n')}})\n`;
  const first = part(names.filter(isFirst));
  const others = part(names.filter((name) => !isFirst(name)));
  const id = createHash('sha256').update(first).update(others).digest('hex').slice(0, 32);
  const head = (length) => `//${id} ${String(length).padStart(8, '0')}\n`;
  fs.writeFileSync(BUNDLE, head(head(0).length + first.length) + first + others, 'latin1');
}

/** A module's name in the bundle: its path in this package. */
function nameOf(file) {
  return path.relative(root, file).split(path.sep).join('/');
}

function isInside(file) {
  const name = nameOf(file);
  return /^dist\/.*\.js$/.test(name) && name !== 'dist/siamese.js';
}

/** The module as a function; what it requires is named as in the bundle. */
function asFunction(source, file, add) {
  const { code } = require('esbuild').transformSync(source, {
    target: 'node20',
    charset: 'ascii',
    minifyWhitespace: true,
    logLevel: 'error',
  });
  const { resolve } = createRequire(file);
  const linked = code.replace(/\brequire\("([^"]+)"\)/g, (same, name) => {
    if (LATE.test(name)) return `__late("${name}")`;
    if (name[0] !== '.' && !INSIDE.includes(name)) return same;
    return `__load("${add(resolve(name))}")`;
  });
  // Only a file that Node has loaded as a module of its own may use import(): bin/siamese does it for those in here.
  const imported = importedWhenUsed(linked).replace(/\bimport\("/g, 'require.import("');
  return `function(exports,require,module,__dirname,__load,__late){${imported.trim()}\n}`;
}

/**
 * What TypeScript made of an import, `const x_js_1=__load("..."); ... x_js_1.f`, loads the module where it is used first: then a
 * command loads what it uses, not all that it could use.
 */
function importedWhenUsed(code) {
  const names = [];
  const lazy = code.replace(/\bconst (\w+_1)=(__load\("dist\/[^"]+"\));/g, (_, name, loaded) => {
    names.push(name);
    return `const ${name}=()=>${loaded};`;
  });
  return names.length === 0 ? code : lazy.replace(new RegExp(`\\b(${names.join('|')})\\.`, 'g'), '($1()).');
}

/** Runs the program, and returns what it writes at its end into a file that an environment variable names. */
function runAndWrite(words, variable, folder) {
  const written = path.join(folder, variable);
  const done = spawnSync(process.execPath, [path.join(root, 'bin', 'siamese'), ...words], {
    env: { ...process.env, [variable]: written },
    encoding: 'utf8',
  });
  if (!done.stdout || !fs.existsSync(written)) throw new Error(`siamese ${words.join(' ')}: ${done.stderr}`);
  return fs.readFileSync(written);
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

function main() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'siamese-code-'));
  fs.rmSync(CODE, { force: true });
  try {
    const words = matchWords(folder);
    if (!process.argv.includes('--code')) makeBundle(words, folder);
    if (!fs.existsSync(BUNDLE)) return;
    // Whatever the order in which an installer wrote the files, the bundle is not older than its modules.
    const now = new Date();
    fs.utimesSync(BUNDLE, now, now);
    if (words) fs.writeFileSync(CODE, runAndWrite(words, 'SIAMESE_WRITE_CODE', folder));
  } catch (error) {
    console.error(`warning: siamese will start more slowly: ${error.message}`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** A command line of `match` on a net that has learned nothing; undefined where the native engine does not run. */
function matchWords(folder) {
  try {
    return [
      'match',
      '--snapshot',
      snapshotOf(folder),
      path.join(root, 'models', 'siamese_mnist', 'images', 'seven.png'),
    ];
  } catch (error) {
    console.error(`warning: siamese will start more slowly: ${error.message}`);
    return undefined;
  }
}

main();
