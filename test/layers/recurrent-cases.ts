/** What LSTM and RNN are tested for alike: shapes, a static input, states that are kept or exposed. */
import type { Options } from '../reference/recurrent';
import type { Array64, Reference } from '../reference/reference';
import { finiteDifferences } from '../reference/reference';
import { expectClose } from './close';
import { testErrors } from './errors';
import { openLayer, runLayer } from './harness';
import { caseOf, type Random, type ReferenceCase, testAgainstReference, testThreads } from './reference-cases';

export interface RecurrentType {
  type: 'LSTM' | 'RNN';
  states: number;
  gates: number;
  reference(options: Omit<Options, 'states'>): Reference;
  /** Shapes of its own parameters, W_h first. */
  own(outputs: number): number[][];
}

/** cont of 0 and 1: sequences begin somewhere within the steps. */
const values = (b: number, random: Random) => (b === 1 ? Number(random() < 0.6) : random() * 4 - 2);

interface Sizes {
  steps: number;
  items: number;
  inputs: number[];
  outputs: number;
  fixed?: number[];
}

function make(of: RecurrentType, name: string, { steps, items, inputs, outputs, fixed }: Sizes): ReferenceCase {
  const rows = of.gates * outputs;
  const size = (shape: number[]) => shape.reduce((a, b) => a * b, 1);
  return {
    name,
    options: `recurrent_param { num_output: ${outputs} }`,
    shapes: [[steps, items, ...inputs], [steps, items], ...(fixed ? [[items, ...fixed]] : [])],
    params: [[rows, size(inputs)], [rows], ...(fixed ? [[rows, size(fixed)]] : []), ...of.own(outputs)],
    reference: of.reference({ outputs, isStatic: fixed !== undefined }),
    values,
    gradients: [true, false, true],
  };
}

export function testRecurrent(of: RecurrentType): void {
  testAgainstReference(of.type, [
    make(of, 'a few steps of two sequences', { steps: 4, items: 2, inputs: [3], outputs: 3 }),
    make(of, 'one step', { steps: 1, items: 3, inputs: [2], outputs: 2 }),
    make(of, 'one sequence', { steps: 5, items: 1, inputs: [2], outputs: 3 }),
    make(of, 'inputs of several axes', { steps: 3, items: 2, inputs: [2, 1, 3], outputs: 2 }),
    make(of, 'a static input', { steps: 3, items: 2, inputs: [3], outputs: 2, fixed: [4] }),
    make(of, 'a static input of several axes', { steps: 2, items: 3, inputs: [2], outputs: 2, fixed: [2, 3] }),
    make(of, 'more sequences than a vector', { steps: 2, items: 19, inputs: [3], outputs: 5 }),
  ]);
  testThreads(of.type, make(of, 'large', { steps: 6, items: 40, inputs: [30], outputs: 24, fixed: [7] }));

  it('goes on from the states in which the pass before ended', async () => {
    const one = make(of, 'kept', { steps: 6, items: 2, inputs: [3], outputs: 3 });
    const cont = (_: unknown, i: number) => (i < 2 ? 0 : 1);
    const whole = { ...caseOf(of.type, { ...one, forwardOnly: true }) };
    whole.bottoms[1] = { shape: [6, 2], data: Float32Array.from({ length: 12 }, cont) };
    const all = (await runLayer(whole)).tops[0]!.data;
    const half = { ...whole, bottoms: whole.bottoms.map(({ shape, data }) => halves(shape, data)[0]!) };
    const open = openLayer(half);
    try {
      const seconds = whole.bottoms.map(({ shape, data }) => halves(shape, data)[1]!.data);
      expectClose((await open.run()).tops[0]!.data, all.subarray(0, 18), 1e-6, 'first three steps');
      const between = open.engine.readState('tested');
      expect(between).toHaveLength(of.states * 2 * 3 * 4);
      expectClose((await open.run(seconds)).tops[0]!.data, all.subarray(18), 1e-6, 'last three steps');
      // Resumed: the same again from the state between the two.
      const again = openLayer(half);
      again.engine.writeState('tested', between);
      expectClose((await again.run(seconds)).tops[0]!.data, all.subarray(18), 1e-6, 'last three steps, resumed');
      expect(() => again.engine.writeState('tested', new Uint8Array(3))).toThrow(/state of this recurrent layer has/);
      again.engine.dispose();
    } finally {
      open.engine.dispose();
    }
  });

  it('takes states as bottoms and gives them as tops, without gradients, as Caffe', async () => {
    const [steps, items, outputs] = [3, 2, 2];
    const state = [1, items, outputs];
    const one = make(of, 'exposed', { steps, items, inputs: [3], outputs, fixed: [2] });
    const exposed: ReferenceCase = {
      ...one,
      options: `recurrent_param { num_output: ${outputs} expose_hidden: true }`,
      shapes: [...one.shapes, ...Array.from({ length: of.states }, () => state)],
      tops: 1 + of.states,
    };
    const reference = of.reference({ outputs, isStatic: true, exposed: true });
    const layerCase = caseOf(of.type, exposed);
    const run = await runLayer({
      ...layerCase,
      frozen: [],
      topDiffs: layerCase.topDiffs!.map((diff, t) => (t === 0 ? diff : undefined)),
    });
    const bottoms = layerCase.bottoms.map(({ shape, data }): Array64 => ({ shape, data: Float64Array.from(data) }));
    const params = layerCase.params!.map(
      (data, p): Array64 => ({ shape: one.params![p]!, data: Float64Array.from(data) }),
    );
    const tops = reference.forward(bottoms, params);
    expect(tops).toHaveLength(1 + of.states);
    tops.forEach(({ shape, data }, t) => {
      expect(run.tops[t]!.shape).toEqual(shape);
      expectClose(run.tops[t]!.data, data, 1e-5, `top ${t}`);
    });
    const diffs = tops.map(({ data }, t) => (t === 0 ? Float64Array.from(layerCase.topDiffs![0]!) : data.map(() => 0)));
    const numeric = finiteDifferences(reference.forward, bottoms, params, diffs, [true, false, true]);
    for (const b of [0, 2]) expectClose(run.bottomDiffs[b]!, numeric.bottoms[b]!, 1e-5, `gradient of bottom ${b}`);
    for (let s = 0; s < of.states; s++) expect([...run.bottomDiffs[3 + s]!].every((v) => v === 0)).toBe(true);
    numeric.params.forEach((gradient, p) => {
      expectClose(run.paramDiffs[p]!, gradient, 1e-5, `gradient of blob ${p}`);
    });
  });

  const refuse = (name: string, shapes: number[][], options: string, message: RegExp, at: string, tops = 1) => ({
    name,
    shapes,
    options: `recurrent_param { ${options} }`,
    message,
    at,
    tops,
  });
  const good = [
    [2, 3, 4],
    [2, 3],
  ];
  testErrors(of.type, [
    refuse('no num_output', good, '', /num_output must be at least 1/, 'recurrent_param'),
    refuse(
      'x without values',
      [
        [2, 3],
        [2, 3],
      ],
      'num_output: 2',
      /"bottom0" is 2 x 3, but must be time steps x/,
      '"bottom0"',
    ),
    refuse(
      'another cont',
      [
        [2, 3, 4],
        [3, 2],
      ],
      'num_output: 2',
      /"bottom1" is 3 x 2, but must be 2 x 3/,
      '"bottom1"',
    ),
    refuse(
      'a cont of three axes',
      [
        [2, 3, 4],
        [2, 3, 1],
      ],
      'num_output: 2',
      /"bottom1" is 2 x 3 x 1/,
      '"bottom1"',
    ),
    refuse('a static input of another batch', [...good, [2, 5]], 'num_output: 2', /must be 3 x/, '"bottom2"'),
    refuse(
      'states without expose_hidden',
      [...good, [3, 5], [1, 3, 2]],
      'num_output: 2',
      /2 or 3 bottoms, not 4/,
      '"bottom3"',
    ),
    refuse(
      'a state of another shape',
      [...good, ...Array.from({ length: of.states }, () => [1, 3, 5])],
      'num_output: 2 expose_hidden: true',
      /state "bottom2" is 1 x 3 x 5, but must be 1 x 3 x 2/,
      '"bottom2"',
      1 + of.states,
    ),
    refuse(
      'too few bottoms to expose',
      good,
      'num_output: 2 expose_hidden: true',
      /bottoms, not 2/,
      '"bottom0"',
      1 + of.states,
    ),
    refuse('an unknown filler', good, 'num_output: 2 weight_filler { type: "gausian" }', /unknown filler/, '"gausian"'),
  ]);
}

function halves(shape: readonly number[], data: ArrayLike<number>): { shape: number[]; data: Float32Array }[] {
  const all = Float32Array.from(data);
  const half = all.length / 2;
  return [all.subarray(0, half), all.subarray(half)].map((part) => ({
    shape: [shape[0]! / 2, ...shape.slice(1)],
    data: part,
  }));
}
