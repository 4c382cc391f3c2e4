/** What the schema says of a field's effect is what the code does. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type MessageName, messageInfo } from '../../src/proto/fields';

const SRC = path.join(__dirname, '..', '..', 'src');
/** Our own and MyCaffe's fields stand in these messages of Caffe from number 10000 on, and make up this one. */
const EXTENDED: MessageName[] = [
  'LayerParameter',
  'SolverParameter',
  'TransformationParameter',
  'AccuracyParameter',
  'ContrastiveLossParameter',
  'DataParameter',
];
/** Fields of layers that do not exist yet: such a layer is an error by its type. */
const WAITING = ['triplet_loss_param', 'data_sequence_param'];

const code = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && name !== path.join('proto', 'messages.ts'))
  .map((name) => readFileSync(path.join(SRC, name), 'utf8'))
  .join('\n');

const fields = [
  ...EXTENDED.flatMap((type) =>
    messageInfo(type)
      .fields.filter(({ id }) => id >= 10000)
      .map((field) => ({ type, field })),
  ),
  ...messageInfo('DecodeParameter').fields.map((field) => ({ type: 'DecodeParameter', field })),
].filter(({ field }) => !WAITING.includes(field.name));

test.each(fields.map(({ type, field }) => [type, field.name, field.noEffect] as const))(
  '%s.%s',
  (type, name, noEffect) => {
    // As a property: `options.name`, or taken apart: `{ name, ... }`.
    const used = new RegExp(`[.{,]\\s*${name}\\b(?!:)`).test(code.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ''));
    // random_seed is a field of the solver too, which has an effect there.
    if (type === 'TransformationParameter' && name === 'random_seed') expect(noEffect).toBeDefined();
    else expect({ used, hasEffect: noEffect === undefined }).toEqual({ used, hasEffect: used });
  },
);
