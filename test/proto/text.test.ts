import { readFileSync } from 'node:fs';
import { formatFloat, formatText, parseText } from '../../src/proto/text';
import { dumpsInLog, golden, goldenFiles } from './golden';

/** In the golden folder every prototxt is a solver but these. */
function typeOf(file: string): 'NetParameter' | 'SolverParameter' {
  return /layers? \{/.test(readFileSync(file, 'utf8')) ? 'NetParameter' : 'SolverParameter';
}

describe('the prototxt files of the golden set', () => {
  const files = [...goldenFiles('mini', '.prototxt'), ...goldenFiles('nets', '.prototxt')];

  test('are there', () => expect(files.length).toBeGreaterThan(25));

  test.each(files)('%s is read without a warning and survives print and read', (file) => {
    const type = typeOf(file);
    const { message, warnings } = parseText(type, readFileSync(file, 'utf8'), file);
    expect(warnings).toEqual([]);
    expect(Object.keys(message).length).toBeGreaterThan(0);
    expect(parseText(type, formatText(type, message), 'printed').message).toEqual(message);
  });
});

describe('what Caffe printed in its logs', () => {
  const logs = goldenFiles('mini', '.log.gz');

  test.each(logs)('%s: solver and nets print again character for character', (file) => {
    const solvers = dumpsInLog(file, 'Initializing solver from parameters');
    const nets = dumpsInLog(file, 'Initializing net from parameters');
    expect(solvers.length).toBeGreaterThan(0);
    expect(nets.length).toBeGreaterThan(0);
    for (const text of solvers)
      expect(formatText('SolverParameter', parseText('SolverParameter', text, file).message)).toBe(text);
    for (const text of nets)
      expect(formatText('NetParameter', parseText('NetParameter', text, file).message)).toBe(text);
  });

  test('so does the net that upgrade_net_proto_text wrote', () => {
    const text = readFileSync(golden('nets', 'v1_upgrade.upgraded.txt'), 'utf8');
    expect(formatText('NetParameter', parseText('NetParameter', text, 'upgraded').message)).toBe(text);
  });
});

describe('values', () => {
  const layer = (text: string) => parseText('LayerParameter', text, 'layer.prototxt').message;

  test('floats are what 32 bits hold', () => {
    const { base_lr } = parseText('SolverParameter', 'base_lr: 0.01', 'solver').message;
    expect(base_lr).toBe(Math.fround(0.01));
  });

  test('every way to write a value', () => {
    expect(layer("name: 'a' 'b' \"c\\x41\\101\\n\\\"\"").name).toBe('abcAA\n"');
    expect(layer('loss_weight: [1, -2.5e-1, .5]; loss_weight: 3f, loss_weight: -inf').loss_weight).toEqual([
      1,
      -0.25,
      0.5,
      3,
      -Infinity,
    ]);
    expect(layer('convolution_param: < num_output: 0x10 pad: 010 pad: [] >').convolution_param).toEqual({
      num_output: 16,
      pad: [8],
    });
    expect(layer('include: [{ phase: TEST }, { phase: 0 min_level: -2 }]').include).toEqual([
      { phase: 'TEST' },
      { phase: 'TRAIN', min_level: -2 },
    ]);
    expect(layer('propagate_down: t propagate_down: False propagate_down: 1').propagate_down).toEqual([
      true,
      false,
      true,
    ]);
    expect(layer('# nothing but a comment\n')).toEqual({});
    expect(layer('name: "\u00fc\u{1F600}"').name).toBe('\u00fc\u{1F600}');
  });

  test('blobs hold typed arrays', () => {
    const { blobs } = layer('blobs { shape { dim: 2 } data: 1 data: [2] double_data: 3 }');
    expect(blobs).toEqual([{ shape: { dim: [2] }, data: Float32Array.of(1, 2), double_data: Float64Array.of(3) }]);
  });

  test('64-bit integers are numbers', () => {
    expect(parseText('SolverParameter', 'random_seed: 4611686018427387', 's').message.random_seed).toBe(
      4611686018427387,
    );
  });
});

describe('printed numbers', () => {
  // What glibc's printf gives for %.6g, and for %.9g where 6 digits do not give the float back.
  test.each([
    [0.1, '0.1'],
    [1 / 3, '0.333333343'],
    [1e-5, '1e-05'],
    [1.5e-7, '1.5e-07'],
    [123456, '123456'],
    [1234567, '1234567'],
    [1e10, '1e+10'],
    [16777216, '16777216'],
    [0.00390625, '0.00390625'],
    [0.0001, '0.0001'],
    [0, '0'],
    [-0, '-0'],
    [-2.5, '-2.5'],
    [3.4028234663852886e38, '3.40282347e+38'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [Number.NaN, 'nan'],
  ])('%d is %s', (value, text) => {
    expect(formatFloat(Math.fround(value))).toBe(text);
  });

  test('strings and bytes are escaped as by protobuf', () => {
    expect(formatText('LayerParameter', { name: 'a"b\'c\\d\n\t\u00fc\u0001' })).toBe(
      'name: "a\\"b\\\'c\\\\d\\n\\t\\303\\274\\001"\n',
    );
    expect(formatText('Datum', { data: Uint8Array.of(0, 65, 255), label: -1 })).toBe(
      'data: "\\000A\\377"\nlabel: -1\n',
    );
  });
});
