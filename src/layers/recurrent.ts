/** What LSTM and RNN share: their blobs, their checks, and the parameters that every time step uses. */
import type { RecurrentParameter } from '../proto/messages.js';
import { filled } from '../proto/schema.js';
import { count, showShape } from './axis.js';
import { checkFiller } from './filler.js';
import type { LayerContext, LayerSetup, ParamRequest } from './layer.js';

/** Parameters of an architecture with D outputs: rows that x is turned into, and what it has beyond W_x, b, W_static. */
export interface Architecture {
  /** Blobs that go from step to step: h, or h and c. */
  states: number;
  /** Rows of W_x and b for each output. */
  gates: number;
  own(outputs: number, weights: ParamRequest['filler'], bias: ParamRequest['filler']): ParamRequest[];
}

export function setUpRecurrent(context: LayerContext, { states, gates, own }: Architecture): LayerSetup {
  const given: RecurrentParameter = context.param.recurrent_param ?? {};
  const { num_output, expose_hidden } = filled('RecurrentParameter', given);
  if (num_output < 1) context.fail('num_output must be at least 1', { field: 'recurrent_param.num_output' });
  const { weight_filler: weights = {}, bias_filler: bias = {} } = given;
  checkFiller(context, weights, 'recurrent_param.weight_filler');
  checkFiller(context, bias, 'recurrent_param.bias_filler');
  const exposed = expose_hidden ? states : 0;
  const isStatic = checkBottoms(context, exposed);
  const [x, , fixed] = context.bottoms;
  const [steps, items] = checkSequences(context);
  if (isStatic && (fixed!.shape.length < 2 || fixed!.shape[0] !== items)) {
    context.fail(
      `static input "${fixed!.name}" is ${showShape(fixed!.shape)}, but must be ${items} x ...: a row for each sequence`,
      { field: 'bottom[2]' },
    );
  }
  const state = [1, items, num_output];
  context.bottoms.slice(isStatic ? 3 : 2).forEach(({ name, shape }, i) => {
    if (shape.join() === state.join()) return;
    context.fail(`state "${name}" is ${showShape(shape)}, but must be ${showShape(state)}`, {
      field: `bottom[${i + (isStatic ? 3 : 2)}]`,
    });
  });
  const rows = gates * num_output;
  const params: ParamRequest[] = [
    { shape: [rows, count(x!.shape, 2)], filler: weights },
    { shape: [rows], filler: bias },
    ...(isStatic ? [{ shape: [rows, count(fixed!.shape, 1)], filler: weights }] : []),
  ];
  const repeated = own(num_output, weights, bias);
  return {
    tops: [[steps, items, num_output], ...Array.from({ length: exposed }, () => state)],
    params: [...params, ...repeated],
    refills: { params: repeated.length, times: steps - 1 },
    attributes: { static_input: isStatic, expose_hidden },
    layout: { split: 2 },
    backwardReads: { bottoms: isStatic ? [0, 1, 2] : [0, 1], tops: [0] },
  };
}

/** Whether there is a static input: one bottom more than x, cont and the states. */
function checkBottoms({ bottoms, tops, fail }: LayerContext, exposed: number): boolean {
  const least = 2 + exposed;
  const states = exposed > 0 ? ` and the ${exposed === 1 ? 'state' : `${exposed} states`} before the first step` : '';
  if (bottoms.length < least || bottoms.length > least + 1) {
    fail(`needs x, cont, perhaps a static input${states}: ${least} or ${least + 1} bottoms, not ${bottoms.length}`, {
      field: bottoms.length > least ? `bottom[${least + 1}]` : 'bottom[0]',
      help: 'expose_hidden: true makes the states bottoms and tops',
    });
  }
  if (tops.length !== 1 + exposed) {
    fail(`needs ${1 + exposed} top${exposed ? 's' : ''}${exposed ? ' with expose_hidden' : ''}, not ${tops.length}`, {
      field: tops.length > 1 + exposed ? `top[${1 + exposed}]` : 'top[0]',
    });
  }
  return bottoms.length === least + 1;
}

/** T and N, which x and cont must agree on. */
function checkSequences(context: LayerContext): [steps: number, items: number] {
  const [x, cont] = context.bottoms;
  if (x!.shape.length < 3) {
    context.fail(`"${x!.name}" is ${showShape(x!.shape)}, but must be time steps x sequences x values`, {
      field: 'bottom[0]',
    });
  }
  const [steps, items] = x!.shape as [number, number];
  if (cont!.shape.length !== 2 || cont!.shape[0] !== steps || cont!.shape[1] !== items) {
    context.fail(
      `"${cont!.name}" is ${showShape(cont!.shape)}, but must be ${steps} x ${items}: 0 where a sequence begins, else 1`,
      { field: 'bottom[1]' },
    );
  }
  if (steps < 1) context.fail(`"${x!.name}" (${showShape(x!.shape)}) has no time steps`, { field: 'bottom[0]' });
  return [steps, items];
}
