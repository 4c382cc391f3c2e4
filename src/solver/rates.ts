/** Learning-rate policies: the rate of every iteration as a float32, in Caffe's own forms and order of roundings. */
import { nearest, SiameseError } from '../errors.js';
import type { SolverParameter } from '../proto/messages.js';
import { positionOf } from '../proto/positions.js';
import { filled } from '../proto/schema.js';

const f = Math.fround;

interface Policy {
  /** Fields it needs, and which values of them are refused. */
  readonly needs: readonly ('gamma' | 'stepsize' | 'stepvalue' | 'max_iter')[];
  /** Rate of one iteration; `step` is Caffe's current_step. */
  rate(s: Settings, iter: number, step: number): number;
}

interface Settings {
  base_lr: number;
  gamma: number;
  power: number;
  stepsize: number;
  stepvalue: readonly number[];
  max_iter: number;
  warmup_iter: number;
}

/**
 * `cosine` is an extension (Loshchilov and Hutter 2017, SGDR, one period without restart), computed in double.
 *
 * `exp`, `step` and `multistep` compute in double (float times pow of a double) and round once; the others round
 * after each operation. `inv` rounds 1 + gamma * iter once, as a fused multiply-add does: that is what Caffe compiled
 * for a machine with FMA prints, one built without may be 1 ulp off. powf and expf are taken as the rounded double
 * functions, which the C library's own meet except in rare halfway cases (1 ulp).
 */
const POLICIES: Readonly<Record<string, Policy>> = {
  fixed: { needs: [], rate: (s) => s.base_lr },
  step: { needs: ['gamma', 'stepsize'], rate: (s, _iter, step) => f(s.base_lr * s.gamma ** step) },
  exp: { needs: ['gamma'], rate: (s, iter) => f(s.base_lr * s.gamma ** iter) },
  inv: { needs: ['gamma'], rate: (s, iter) => f(s.base_lr * f(f(1 + s.gamma * iter) ** -s.power)) },
  multistep: { needs: ['gamma', 'stepvalue'], rate: (s, _iter, step) => f(s.base_lr * s.gamma ** step) },
  poly: {
    needs: ['max_iter'],
    rate: (s, iter) => f(s.base_lr * f(f(1 - f(iter / s.max_iter)) ** s.power)),
  },
  sigmoid: {
    needs: ['gamma', 'stepsize'],
    rate: (s, iter) => f(s.base_lr * f(1 / f(1 + f(Math.exp(f(-s.gamma * f(iter - s.stepsize))))))),
  },
  cosine: {
    needs: ['max_iter'],
    rate: (s, iter) => f((s.base_lr * (1 + Math.cos((Math.PI * iter) / s.max_iter))) / 2),
  },
};

export const LR_POLICIES: readonly string[] = Object.keys(POLICIES);

/**
 * Learning rates of iterations `from`, `from + 1`, ... before lr_mult. `currentStep` is the solver state's
 * current_step at `from` (multistep only; without it the steps are counted from iteration 0).
 */
export function rates(solver: SolverParameter, from: number, count: number, currentStep?: number): Float32Array {
  const policy = findPolicy(solver);
  const settings = settingsOf(solver);
  const steps = stepsOf(solver, from, count, currentStep);
  const { warmup_iter: rising } = settings;
  return Float32Array.from({ length: count }, (_, i) => {
    const rate = policy.rate(settings, from + i, steps[i]!);
    return from + i < rising ? (rate * (from + i + 1)) / rising : rate;
  });
}

/**
 * Caffe's current_step as each of these iterations uses it. `step` derives it from the iteration; `multistep` advances
 * by at most one each iteration; the other policies leave it alone.
 */
export function stepsOf(solver: SolverParameter, from: number, count: number, currentStep?: number): Int32Array {
  const { stepsize, stepvalue } = settingsOf(solver);
  const steps = new Int32Array(count);
  if (solver.lr_policy === 'step') {
    for (let i = 0; i < count; i++) steps[i] = Math.trunc((from + i) / stepsize);
  } else if (solver.lr_policy === 'multistep') {
    let step = currentStep ?? 0;
    if (currentStep === undefined) {
      // From iteration 0: the k-th step happens at its value, but one iteration after the step before at the earliest.
      for (let happens = -1; step < stepvalue.length; step++) {
        happens = Math.max(stepvalue[step]!, happens + 1);
        if (happens >= from) break;
      }
    }
    for (let i = 0; i < count; i++) {
      if (step < stepvalue.length && from + i >= stepvalue[step]!) step++;
      steps[i] = step;
    }
  } else if (currentStep !== undefined) {
    steps.fill(currentStep);
  }
  return steps;
}

/** Refuses what Caffe refuses, before the first iteration instead of at it. */
export function checkPolicy(solver: SolverParameter): void {
  const policy = findPolicy(solver);
  const settings = settingsOf(solver);
  const fail = (field: string, message: string, help?: string): never => {
    throw new SiameseError('input', message, { at: positionOf(solver, field), help });
  };
  const name = solver.lr_policy;
  for (const field of policy.needs) {
    if (field === 'gamma' && !(settings.gamma >= 0)) {
      const help =
        name === 'sigmoid' ? 'this policy can only rise; for a falling rate use step, inv or poly' : undefined;
      fail('gamma', `lr_policy "${name}" needs gamma >= 0, not ${solver.gamma}`, help);
    }
    if (field === 'stepsize' && !(settings.stepsize > 0) && name === 'step') {
      fail('stepsize', `lr_policy "step" needs stepsize > 0`, 'stepsize is the number of iterations between two steps');
    }
    if (field === 'stepvalue' && settings.stepvalue.length === 0) {
      fail('lr_policy', 'lr_policy "multistep" has no stepvalue', 'add a line such as "stepvalue: 5000" for each step');
    }
    if (field === 'max_iter' && !(settings.max_iter >= 0)) fail('max_iter', `lr_policy "${name}" needs max_iter`);
  }
}

/** Things that are allowed, as in Caffe, and probably not what was meant. */
export function policyWarnings(solver: SolverParameter): SiameseError[] {
  const { gamma, stepvalue } = settingsOf(solver);
  const found: [string, string, string?][] = [];
  const name = solver.lr_policy;
  const uses = POLICIES[name ?? '']?.needs ?? [];
  if (uses.includes('gamma') && gamma === 0 && name !== 'inv' && name !== 'sigmoid') {
    found.push(['lr_policy', `lr_policy "${name}" with gamma 0 gives a learning rate of 0 after the first step`]);
  }
  if (stepvalue.some((value, i) => i > 0 && value <= stepvalue[i - 1]!) && name === 'multistep') {
    found.push(['stepvalue', 'stepvalue is not in rising order: a step waits for the one before it']);
  }
  for (const field of ['gamma', 'stepsize', 'stepvalue'] as const) {
    if (name !== undefined && solver[field] !== undefined && !uses.includes(field)) {
      found.push([field, `${field} has no effect with lr_policy "${name}"`]);
    }
  }
  if (solver.power !== undefined && name !== undefined && name !== 'inv' && name !== 'poly') {
    found.push(['power', `power has no effect with lr_policy "${name}"`]);
  }
  return found.map(
    ([field, message, help]) => new SiameseError('input', message, { at: positionOf(solver, field), help }),
  );
}

function findPolicy(solver: SolverParameter): Policy {
  const name = solver.lr_policy ?? '';
  const policy = Object.hasOwn(POLICIES, name) ? POLICIES[name] : undefined;
  if (policy) return policy;
  const near = nearest(name, LR_POLICIES);
  throw new SiameseError('input', name ? `unknown learning rate policy "${name}"` : 'the solver has no lr_policy', {
    at: positionOf(solver, 'lr_policy'),
    help: near && name !== 'stepearly' ? `did you mean "${near}"?` : `known policies: ${LR_POLICIES.join(', ')}`,
  });
}

/** The message's floats as the float32 they are in Caffe. */
function settingsOf(solver: SolverParameter): Settings {
  const { base_lr, gamma, power, stepsize, stepvalue, max_iter, warmup_iter } = filled('SolverParameter', solver);
  return { base_lr: f(base_lr), gamma: f(gamma), power: f(power), stepsize, stepvalue, max_iter, warmup_iter };
}
