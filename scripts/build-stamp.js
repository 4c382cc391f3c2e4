/** Knows whether a build step is up to date, by a digest of everything that goes into it. */

const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

/** Digest of the named files and folders (recursively, by path and content) and some words. */
function digest(inputs, words = []) {
  const hash = createHash('sha256').update(words.join('\0'));
  const add = (name) => {
    const full = path.join(root, name);
    const stat = fs.statSync(full, { throwIfNoEntry: false });
    if (!stat) return;
    if (stat.isDirectory()) for (const entry of fs.readdirSync(full).sort()) add(path.join(name, entry));
    else hash.update(`\0${name}\0`).update(fs.readFileSync(full));
  };
  inputs.forEach(add);
  return hash.digest('hex');
}

/**
 * Runs `make()` unless `product` exists and was made from the same inputs. Returns whether it ran.
 * The stamp is written after make() returns, so a broken build is tried again.
 */
function unlessCurrent({ product, inputs, words }, make) {
  const stamp = path.join(root, `${product}.stamp`);
  const now = digest(inputs, words);
  if (fs.existsSync(path.join(root, product)) && fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === now)
    return false;
  make();
  fs.mkdirSync(path.dirname(stamp), { recursive: true });
  fs.writeFileSync(stamp, now);
  return true;
}

module.exports = { root, unlessCurrent };
