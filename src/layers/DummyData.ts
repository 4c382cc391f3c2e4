/**
 * Blobs filled by fillers: anew at each pass, so that random ones differ from pass to pass.
 *
 * top i: `shape[i]` (or num, channels, height, width), by `data_filler[i]`; one of each serves all tops, none is constant 0.
 * Source: Caffe dummy_data_layer.cpp. Difference: its random numbers are its own, not part of the net's one sequence.
 */
import type { DummyDataParameter, FillerParameter } from '../proto/messages.js';
import type { Filled } from '../proto/schema.js';
import { filled } from '../proto/schema.js';
import { checkFiller } from './filler.js';
import type { LayerContext, LayerSetup, LayerType } from './layer.js';

export const DummyData: LayerType = {
  type: 'DummyData',
  bottoms: [0, 0],
  tops: [1, Infinity],
  options: 'dummy_data_param',
  setup(context) {
    const options = filled('DummyDataParameter', context.param.dummy_data_param);
    const fillers = options.data_filler;
    requireOneOrEach(context, fillers.length, 'data_filler', true);
    fillers.forEach((filler, i) => {
      checkFiller(context, filler, `dummy_data_param.data_filler[${i}]`);
    });
    const each = context.tops.map((_, i) => fillers[fillers.length === 1 ? 0 : i] ?? {});
    const tops = context.tops.map((_, i) => topShape(context, options, i));
    return { tops, params: [], attributes: fillerAttributes(each), layout: 'any' };
  },
};

function requireOneOrEach(context: LayerContext, given: number, field: string, orNone = false): void {
  const tops = context.tops.length;
  if (given === 1 || given === tops || (orNone && given === 0)) return;
  context.fail(`${given} ${field} for ${tops} tops: give one for all, or one each`, {
    field: `dummy_data_param.${field}`,
  });
}

function topShape(context: LayerContext, options: Filled<DummyDataParameter>, top: number): number[] {
  const of = <T>(list: readonly T[]): T => list[list.length === 1 ? 0 : top]!;
  const old = ['num', 'channels', 'height', 'width'] as const;
  const usesOld = old.some((name) => options[name].length > 0);
  if (!usesOld || options.shape.length > 0) {
    if (usesOld) {
      context.fail('shape and num, channels, height, width cannot be given together', {
        field: 'dummy_data_param.shape',
      });
    }
    requireOneOrEach(context, options.shape.length, 'shape');
    return checkDims(context, [...(of(options.shape).dim ?? [])], 'shape');
  }
  for (const name of old) requireOneOrEach(context, options[name].length, name);
  return checkDims(
    context,
    old.map((name) => of(options[name])),
    'num',
  );
}

function checkDims(context: LayerContext, dims: number[], field: string): number[] {
  if (dims.every((dim) => dim >= 0 && dim < 2 ** 31)) return dims;
  return context.fail(`dimensions must be from 0 to 2147483647, not ${dims.join(' x ')}`, {
    field: `dummy_data_param.${field}`,
  });
}

/** One list per filler field, by top: attributes of a plan are flat. */
function fillerAttributes(fillers: readonly FillerParameter[]): LayerSetup['attributes'] {
  const all = fillers.map((filler) => filled('FillerParameter', filler));
  const numbers = ['value', 'min', 'max', 'mean', 'std', 'sparse'] as const;
  return {
    types: all.map((filler) => filler.type).join(' '),
    variance_norms: all.map((filler) => filler.variance_norm).join(' '),
    ...Object.fromEntries(numbers.map((name) => [name, all.map((filler) => filler[name])])),
  };
}
