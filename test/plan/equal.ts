/** Asserts that a plan computes what its net says, in whatever memory. */
import type { Net } from '../../src/net/net-types.js';
import { type CompileOptions, compile } from '../../src/plan/compile.js';
import type { Plan } from '../../src/plan/plan.js';
import type { Numbers } from './arithmetic.js';
import { type Outcome, runNet, runPlan } from './interpreters.js';

/** Sums in another order (towers) differ in the last bits of a double; 1e-9 is far above that and far below an error. */
const TOLERANCE = 1e-9;

export function expectEqual(net: Net, options: Partial<CompileOptions> = {}): Plan {
  const train = options.train ?? net.phase === 'TRAIN';
  const plan = compile(net, { train, ...options });
  const expected = runNet(net, options.backward ?? train);
  const actual = runPlan(plan, net);
  for (const kind of ['data', 'diff'] as const) {
    for (const [name, values] of actual[kind]) {
      if (expected.unsettled[kind].has(name)) continue;
      compare(`${kind} of ${name}`, values, expected[kind].get(name)!);
    }
  }
  for (const [p, { name }] of plan.params.entries())
    compare(`gradient of ${name}`, actual.gradients[p]!, expected.gradients[p]!);
  for (const name of plan.outputs) expect(actual.data.has(name)).toBe(true);
  if (options.keep === 'all') expect(namesOf(actual)).toEqual(namesOf(expected));
  return plan;
}

function namesOf({ data, diff }: Outcome): string[][] {
  return [[...data.keys()].sort(), [...diff.keys()].sort()];
}

function compare(what: string, actual: Numbers, expected: Numbers): void {
  const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  const worst = actual.findIndex((value, i) => !(Math.abs(value - expected[i]!) <= TOLERANCE * scale));
  if (actual.length === expected.length && worst < 0) return;
  throw new Error(`${what}: element ${worst} is ${actual[worst]}, not ${expected[worst]}`);
}
