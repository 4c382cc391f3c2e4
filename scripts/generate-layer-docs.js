/**
 * Makes docs/layers.md from the layer table: what each file in src/layers says of itself, its counts and its options.
 * Usage: node scripts/generate-layer-docs.js [--check]; --check writes nothing and fails when the page is stale.
 */
const fs = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const PAGE = path.join(root, 'docs', 'layers.md');
const HEAD = `# Layers

Made by \`scripts/generate-layer-docs.js\` from \`src/layers\` and \`proto/caffe.proto\`: change those. Shapes are Caffe's: N items,
C channels, H x W. How to add a layer: [CONTRIBUTING.md](../CONTRIBUTING.md).
`;

/** The types in the table's order, each with what its file says. */
function readLayers() {
  const index = fs.readFileSync(path.join(root, 'src/layers/index.ts'), 'utf8');
  const names = [...index.matchAll(/^import \{ (\w+) \} from '\.\/\1\.js';$/gm)].map(([, name]) => name);
  if (names.length === 0) throw new Error('src/layers/index.ts imports no layer: this script no longer understands it');
  return names.map((name) => {
    const source = fs.readFileSync(path.join(root, 'src/layers', `${name}.ts`), 'utf8');
    const comment = /\/\*\*\n?([\s\S]*?)\*\//.exec(source)?.[1];
    if (!comment) throw new Error(`src/layers/${name}.ts opens with no comment`);
    return { name, comment: plain(comment), ...declared(name, source) };
  });
}

function plain(comment) {
  return comment
    .split('\n')
    .map((line) => line.replace(/^ \* ?/, '').trimEnd())
    .join('\n')
    .trim();
}

/** The fields of the LayerType that the page shows. */
function declared(name, source) {
  const range = (field) => {
    const found = new RegExp(`^  ${field}: \\[(\\w+), (\\w+)\\],$`, 'm').exec(source);
    if (!found) throw new Error(`src/layers/${name}.ts: no ${field}`);
    return counts(found[1], found[2]);
  };
  const options = /^ {2}options: '(\w+)',$/m.exec(source)?.[1];
  return {
    bottoms: range('bottoms'),
    tops: range('tops'),
    options,
    inPlace: /^ {2}inPlace: true,$/m.test(source),
    isLoss: /^ {2}isLoss: true,$/m.test(source),
  };
}

function counts(min, max) {
  if (min === max) return min;
  return max === 'Infinity' ? `${min} or more` : `${min} to ${max}`;
}

/** Options as name (default), from the schema that caffe.proto gave. */
function fields(schema, options) {
  const { message } = schema.LayerParameter.find(({ name }) => name === options);
  return schema[message].map((field) => {
    const kind = field.type === 'enum' ? Object.keys(field.values).join(' | ') : (field.message ?? field.type);
    const preset = field.default === undefined || field.default === '' ? '' : `, ${field.default}`;
    const note = field.noEffect ? ': no effect' : '';
    return `\`${field.name}\` (${field.repeated ? 'repeated ' : ''}${kind}${preset})${note}`;
  });
}

function page() {
  const schema = JSON.parse(fs.readFileSync(path.join(root, 'proto/schema.json'), 'utf8'));
  const layers = readLayers();
  const links = layers.map(({ name }) => `[${name}](#${name.toLowerCase()})`).join(' · ');
  const sections = layers.map(({ name, comment, bottoms, tops, options, inPlace, isLoss }) => {
    const facts = [`bottoms: ${bottoms}`, `tops: ${tops}`];
    if (inPlace) facts.push('may be in place');
    if (isLoss) facts.push('a loss: weight 1 unless `loss_weight` says otherwise');
    const lines = [`## ${name}`, '', comment, '', `- ${facts.join('; ')}`];
    if (options) lines.push(`- \`${options}\`: ${fields(schema, options).join(', ')}`);
    return lines.join('\n');
  });
  return `${[HEAD, `${links}\n`, sections.join('\n\n')].join('\n')}\n`;
}

const text = page();
if (!process.argv.includes('--check')) {
  fs.writeFileSync(PAGE, text);
} else if (!fs.existsSync(PAGE) || fs.readFileSync(PAGE, 'utf8') !== text) {
  console.error('docs/layers.md is stale: run node scripts/generate-layer-docs.js');
  process.exitCode = 1;
}
