import { formatError, type SiameseError } from '../../src/errors';
import { positionOf } from '../../src/proto/positions';
import { parseText } from '../../src/proto/text';

function errorOf(type: 'NetParameter' | 'SolverParameter' | 'LayerParameter', text: string): SiameseError {
  try {
    parseText(type, text, 'net.prototxt');
  } catch (error) {
    return error as SiameseError;
  }
  throw new Error('it was read');
}

/** Each text with one error, and the error as a terminal shows it. */
const CASES: [string, string, string][] = [
  [
    'a field with a letter missing',
    'layer {\n  botom: "data"\n}',
    `net.prototxt:2:3: error: a layer has no field 'botom'
 2 |   botom: "data"
   |   ^
  help: did you mean 'bottom'?`,
  ],
  [
    'a field of a sub-message',
    'layer {\n  name: "c" num_output: 20\n}',
    `net.prototxt:2:13: error: a layer has no field 'num_output'
 2 |   name: "c" num_output: 20
   |             ^
  help: 'num_output' is a field of convolution_param, inner_product_param, embed_param`,
  ],
  [
    'a field like no other',
    'layer { frobnicate { a: 1 b: "}" } }',
    `net.prototxt:1:9: error: a layer has no field 'frobnicate'
 1 | layer { frobnicate { a: 1 b: "}" } }
   |         ^`,
  ],
  [
    'an enum value',
    'layer {\n\tpooling_param { pool: MXA }\n}',
    `net.prototxt:2:24: error: 'pool' takes one of MAX, AVE, STOCHASTIC, not 'MXA'
 2 | \tpooling_param { pool: MXA }
   | \t                      ^
  help: did you mean MAX?`,
  ],
  [
    'an enum value in quotes',
    'layer { pooling_param { pool: "MAX" } }',
    `net.prototxt:1:31: error: 'pool' takes one of MAX, AVE, STOCHASTIC, not "MAX"
 1 | layer { pooling_param { pool: "MAX" } }
   |                               ^
  help: write MAX without quotes`,
  ],
  [
    'an enum number',
    'state { phase: 7 }',
    `net.prototxt:1:16: error: 'phase' takes one of TRAIN, TEST, RUN, not '7'
 1 | state { phase: 7 }
   |                ^`,
  ],
  [
    'a fraction for a whole number',
    'layer { convolution_param { num_output: 20.0 } }',
    `net.prototxt:1:41: error: 'num_output' takes a whole number, not '20.0'
 1 | layer { convolution_param { num_output: 20.0 } }
   |                                         ^
  help: write 20`,
  ],
  [
    'a word for a number',
    'layer { convolution_param { num_output: twenty } }',
    `net.prototxt:1:41: error: 'num_output' takes a whole number, not 'twenty'
 1 | layer { convolution_param { num_output: twenty } }
   |                                         ^`,
  ],
  [
    'a string for a number',
    'layer { loss_weight: "1" }',
    `net.prototxt:1:22: error: 'loss_weight' takes a number, not "1"
 1 | layer { loss_weight: "1" }
   |                      ^`,
  ],
  [
    'a negative for a count',
    'layer { convolution_param { num_output: -20 } }',
    `net.prototxt:1:41: error: -20 is out of range for 'num_output': 0 to 4294967295
 1 | layer { convolution_param { num_output: -20 } }
   |                                         ^`,
  ],
  [
    'a number with letters',
    'layer { loss_weight: 1x }',
    `net.prototxt:1:22: error: 'loss_weight' takes a number, not '1x'
 1 | layer { loss_weight: 1x }
   |                      ^`,
  ],
  [
    'a number for true or false',
    'force_backward: 2',
    `net.prototxt:1:17: error: 'force_backward' takes true or false, not '2'
 1 | force_backward: 2
   |                 ^`,
  ],
  [
    'a string without an end',
    'name: "mnist\nlayer { }',
    `net.prototxt:1:7: error: this string has no closing "
 1 | name: "mnist
   |       ^`,
  ],
  [
    'an odd escape',
    'name: "C:\\dir"',
    `net.prototxt:1:10: error: '\\d' is no escape sequence
 1 | name: "C:\\dir"
   |          ^
  help: write \\\\ for a backslash`,
  ],
  [
    'a string forgotten',
    'layer {\n  name:\n  type: "Data"\n}',
    `net.prototxt:3:3: error: expected a string after name, found 'type:'
 3 |   type: "Data"
   |   ^
  help: put it in quotes`,
  ],
  [
    'a value forgotten',
    'layer { loss_weight: }',
    `net.prototxt:1:22: error: expected a number after loss_weight, found '}'
 1 | layer { loss_weight: }
   |                      ^`,
  ],
  [
    'a colon forgotten',
    'layer { name "conv1" }',
    `net.prototxt:1:13: error: expected ':' after name
 1 | layer { name "conv1" }
   |             ^`,
  ],
  [
    'a value for a message',
    'layer { convolution_param: 20 }',
    `net.prototxt:1:28: error: expected '{' after convolution_param, found '20'
 1 | layer { convolution_param: 20 }
   |                            ^`,
  ],
  [
    'a message for a value',
    'layer { name { } }',
    `net.prototxt:1:13: error: expected ':' after name
 1 | layer { name { } }
   |             ^`,
  ],
  [
    'a list for one value',
    'layer { name: ["a", "b"] }',
    `net.prototxt:1:15: error: 'name' takes one value, not a list
 1 | layer { name: ["a", "b"] }
   |               ^`,
  ],
  [
    'a scalar given twice',
    'layer {\n  name: "a"\n  name: "b"\n}',
    `net.prototxt:3:3: error: 'name' is given twice, first in line 2
 3 |   name: "b"
   |   ^
  help: keep the one that is meant`,
  ],
  [
    'a brace never closed',
    'name: "n"\nlayer {\n  name: "a"\n',
    `net.prototxt:2:7: error: the { of a layer is never closed
 2 | layer {
   |       ^`,
  ],
  [
    'a brace missing before the next layer',
    'layer {\n  name: "a"\n  pooling_param {\n    pool: MAX\n}\nlayer {\n  name: "b"\n}\n',
    `net.prototxt:6:1: error: 'layer' cannot stand in a layer
 6 | layer {
   | ^
  help: the { of a layer in line 1 seems to lack its } before this line`,
  ],
  [
    'a brace too many',
    'layer { } }\nname: "x"',
    `net.prototxt:1:11: error: this '}' closes nothing
 1 | layer { } }
   |           ^
  help: one brace too many, here or further up`,
  ],
  [
    'the wrong bracket',
    'layer { include { phase: TEST > }\n }',
    `net.prototxt:1:31: error: expected '}', found '>'
 1 | layer { include { phase: TEST > }
   |                               ^`,
  ],
  [
    'a value where a name should be',
    'layer { 20 }',
    `net.prototxt:1:9: error: expected the name of a field of a layer, found '20'
 1 | layer { 20 }
   |         ^`,
  ],
  [
    'an extension',
    'layer { [caffe.mine]: 1 }',
    `net.prototxt:1:9: error: extensions in '[' ']' are not known here
 1 | layer { [caffe.mine]: 1 }
   |         ^`,
  ],
  [
    'a required field missing',
    'layer {\n  clip_param { min: 0 }\n}',
    `net.prototxt:2:3: error: clip_param needs 'max'
 2 |   clip_param { min: 0 }
   |   ^`,
  ],
];

test.each(CASES)('%s', (_what, text, expected) => {
  const error = errorOf('NetParameter', text);
  expect(error.code).toBe('input');
  expect(formatError(error)).toBe(expected);
});

test.each(['010', '0x10'])('%s is no number where a fraction may stand, as in protobuf', (text) => {
  expect(errorOf('LayerParameter', `loss_weight: ${text}`).message).toBe(`'loss_weight' takes a number, not '${text}'`);
});

test('what only protobufjs refuses is an error of ours too', () => {
  const error = errorOf('LayerParameter', 'name: "\\377"');
  expect(error).toMatchObject({ code: 'input', message: 'net.prototxt is no LayerParameter: invalid UTF-8 string' });
});

test('all errors of a file come in one run, in order', () => {
  const error = errorOf('NetParameter', 'nmae: "x"\nlayer {\n  tpye: "Data"\n  top: 1 tpo: "b"\n  loss_weight: a\n}\n');
  expect([error, ...error.others].map(({ at }) => [at!.line, at!.column])).toEqual([
    [1, 1],
    [3, 3],
    [4, 10],
    [5, 16],
  ]);
  expect(error.others.every((other) => other.others.length === 0)).toBe(true);
});

test('a file of nothing but errors stops at a hundred or so', () => {
  const error = errorOf('NetParameter', 'x: 1\n'.repeat(5000));
  expect(error.others.length).toBeGreaterThan(50);
  expect(error.others.length).toBeLessThan(110);
});

test('nesting without end is an error, not a stack overflow', () => {
  expect(errorOf('SolverParameter', 'net_param { layer { '.repeat(1).concat('a { '.repeat(100_000))).code).toBe(
    'input',
  );
  expect(errorOf('NetParameter', 'layers { layer { '.repeat(100_000)).code).toBe('input');
});

test('lines and columns hold with CRLF, tabs, comments and a byte order mark', () => {
  const error = errorOf('NetParameter', '\uFEFF# comment }\r\n\r\nlayer {\r\n\ttop: "a" # "\r\n\tbotom: "x"\r\n}\r\n');
  expect(error.at).toEqual({ file: 'net.prototxt', line: 5, column: 2, text: '\tbotom: "x"' });
  expect(error.others).toEqual([]);
});

describe('positionOf', () => {
  const text = [
    'layer {',
    '  name: "a" bottom: "x"',
    '  bottom: "y"',
    '  param { lr_mult: 1 } param { lr_mult: 2 }',
    '  convolution_param {',
    '    kernel_size: [3,',
    '      5]',
    '  }',
    '}',
  ].join('\n');
  const { message } = parseText('NetParameter', text, 'net.prototxt');
  const layer = message.layer![0]!;
  const place = (path?: string) => {
    const at = positionOf(layer, path);
    return at && `${at.line}:${at.column}`;
  };

  test.each([
    [undefined, '1:1'],
    ['name', '2:3'],
    ['bottom', '2:13'],
    ['bottom[1]', '3:3'],
    ['param[1].lr_mult', '4:32'],
    ['param[1]', '4:24'],
    ['convolution_param', '5:3'],
    ['convolution_param.kernel_size[1]', '7:7'],
    // Not in the file: the nearest place that is.
    ['convolution_param.num_output', '5:3'],
    ['pooling_param.pool', '1:1'],
    ['param[1].decay_mult', '4:24'],
    ['top', '1:1'],
  ])('%s is at %s', (path, expected) => {
    expect(place(path)).toBe(expected);
  });

  test('an object that was never read has none', () => {
    expect(positionOf({ name: 'x' }, 'name')).toBeUndefined();
  });
});
