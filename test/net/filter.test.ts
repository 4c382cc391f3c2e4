/** Which layers the include and exclude rules leave in. */
import { filterNet, type NetState } from '../../src/net/filter.js';
import { errorOf, parse } from './nets.js';

function kept(rules: string, state: NetState): boolean {
  return filterNet(parse(`layer { name: "a" type: "Power" ${rules} }`), state).layer!.length === 1;
}
const TRAIN: NetState = { phase: 'TRAIN' };
const TEST: NetState = { phase: 'TEST' };

test.each<[string, NetState, boolean]>([
  ['', TRAIN, true],
  ['include { }', TRAIN, true],
  ['include { phase: TRAIN }', TRAIN, true],
  ['include { phase: TRAIN }', TEST, false],
  ['exclude { phase: TRAIN }', TRAIN, false],
  ['exclude { phase: TRAIN }', TEST, true],
  ['include { min_level: 1 }', TRAIN, false],
  ['include { min_level: 1 }', { phase: 'TRAIN', level: 1 }, true],
  ['include { max_level: 0 }', TRAIN, true],
  ['include { max_level: 0 }', { phase: 'TRAIN', level: 1 }, false],
  ['include { min_level: 1 max_level: 3 }', { phase: 'TEST', level: 3 }, true],
  ['include { stage: "s" }', TRAIN, false],
  ['include { stage: "s" }', { phase: 'TRAIN', stages: ['r', 's'] }, true],
  ['include { stage: "s" stage: "r" }', { phase: 'TRAIN', stages: ['s'] }, false],
  ['include { stage: "s" stage: "r" }', { phase: 'TRAIN', stages: ['s', 'r'] }, true],
  ['exclude { stage: "s" }', { phase: 'TRAIN', stages: ['s'] }, false],
  ['include { not_stage: "s" }', TRAIN, true],
  ['include { not_stage: "s" }', { phase: 'TRAIN', stages: ['s'] }, false],
  ['include { not_stage: "s" not_stage: "r" }', { phase: 'TRAIN', stages: ['r'] }, false],
  ['include { phase: TEST } include { max_level: 3 }', TRAIN, true],
  ['include { phase: TRAIN stage: "s" }', TRAIN, false],
  ['exclude { phase: TEST } exclude { stage: "s" }', { phase: 'TRAIN', stages: ['s'] }, false],
  // `caffe train` without --stage adds one empty stage.
  ['include { stage: "" }', { phase: 'TRAIN', stages: [''] }, true],
  // MyCaffe's third phase: such layers are in no net for training or testing.
  ['include { phase: RUN }', TRAIN, false],
  ['exclude { phase: RUN }', TEST, true],
  ['exclude { phase: RUN }', { phase: 'RUN' }, false],
])('%s in %j: %s', (rules, state, expected) => {
  expect(kept(rules, state)).toBe(expected);
});

test('layers keep their rules, so that filtering again changes nothing', () => {
  const param = parse('layer { name: "a" include { phase: TRAIN } } layer { name: "b" include { phase: TEST } }');
  const once = filterNet(param, TRAIN);
  expect(once.layer).toEqual([{ name: 'a', include: [{ phase: 'TRAIN' }] }]);
  expect(filterNet(once, TRAIN)).toEqual(once);
  expect(param.layer).toHaveLength(2);
});

test('max_bottom_count trims the bottoms in its phase only', () => {
  const param = parse('layer { name: "d" bottom: "a" bottom: "b" max_bottom_count { phase: RUN count: 1 } }');
  expect(filterNet(param, { phase: 'RUN' }).layer![0]!.bottom).toEqual(['a']);
  expect(filterNet(param, TEST).layer![0]!.bottom).toEqual(['a', 'b']);
});

test('include and exclude together are an error, reported for every such layer', () => {
  const text = `layer { name: "a" type: "Power"
  include { phase: TRAIN } exclude { stage: "s" } }
layer { name: "b" include { } exclude { } }`;
  expect(errorOf(() => filterNet(parse(text), TRAIN))).toMatchInlineSnapshot(`
"net.prototxt:2:28: error: layer "a" (Power): has include rules and exclude rules
 2 |   include { phase: TRAIN } exclude { stage: "s" } }
   |                            ^
  help: give rules of one kind only: a layer is in when any include rule, or no exclude rule, is met
net.prototxt:3:31: error: layer "b": has include rules and exclude rules
 3 | layer { name: "b" include { } exclude { } }
   |                               ^
  help: give rules of one kind only: a layer is in when any include rule, or no exclude rule, is met"
`);
});
