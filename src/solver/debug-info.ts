/** debug_info: mean absolute values of every blob and parameter of one pass, in Caffe's lines. */
import type { Net } from '../net/net-types.js';
import type { Plan } from '../plan/plan.js';
import { formatG } from './log.js';
import { takeParam } from './param-arena.js';

/** What is read after a pass forward and backward. */
export interface DebugSource {
  read(blob: string, kind: 'data' | 'diff'): Float32Array;
  params: Float32Array;
  gradients: Float32Array;
}

/**
 * As Caffe prints while it runs, read after the pass instead: where a layer works in place, both lines of the blob
 * show its last value. Parameters of a stacked or shared layer show the sum of their gradients.
 */
export function debugLines(net: Net, plan: Plan, from: DebugSource): string[] {
  const slice = (arena: Float32Array, id: number) => takeParam(plan, id, arena);
  const lines: string[] = [];
  const meanAbs = (values: Float32Array) => formatG(values.length === 0 ? 0 : sumAbs(values) / values.length);

  for (const { param, tops, params } of net.layers) {
    for (const top of tops) {
      const { name } = net.blobs[top]!;
      lines.push(`    [Forward] Layer ${param.name}, top blob ${name} data: ${meanAbs(from.read(name, 'data'))}`);
    }
    params.forEach(({ id }, i) => {
      const name = param.param?.[i]?.name || String(i);
      lines.push(`    [Forward] Layer ${param.name}, param blob ${name} data: ${meanAbs(slice(from.params, id))}`);
    });
  }
  for (const { param, bottoms, params, needsBackward, propagateDown, paramPropagateDown } of net.layers.toReversed()) {
    if (!needsBackward) continue;
    bottoms.forEach((bottom, i) => {
      const { name } = net.blobs[bottom]!;
      const blob = plan.blobs.find((candidate) => candidate.name === name);
      if (!propagateDown[i] || !blob || blob.diff < 0) return;
      lines.push(`    [Backward] Layer ${param.name}, bottom blob ${name} diff: ${meanAbs(from.read(name, 'diff'))}`);
    });
    params.forEach(({ id }, i) => {
      if (!paramPropagateDown[i]) return;
      lines.push(`    [Backward] Layer ${param.name}, param blob ${i} diff: ${meanAbs(slice(from.gradients, id))}`);
    });
  }
  const learnable = plan.params.flatMap((param, id) => (param.learnable ? [id] : []));
  const total = (arena: Float32Array, sum: (values: Float32Array) => number) =>
    learnable.reduce((all, id) => all + sum(slice(arena, id)), 0);
  const l1 = [from.params, from.gradients].map((arena) => formatG(total(arena, sumAbs)));
  const l2 = [from.params, from.gradients].map((arena) => formatG(Math.sqrt(total(arena, sumSquares))));
  lines.push(`    [Backward] All net params (data, diff): L1 norm = (${l1.join(', ')}); L2 norm = (${l2.join(', ')})`);
  return lines;
}

const sumAbs = (values: Float32Array): number => values.reduce((sum, value) => sum + Math.abs(value), 0);
const sumSquares = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0);
