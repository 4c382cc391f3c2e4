/** Parameter blobs in and out of the engine's parameter arena; gradients and history slots have the same layout. */
import { SiameseError } from '../errors.js';
import type { Net } from '../net/net-types.js';
import type { Plan, PlanTensor } from '../plan/plan.js';

/** Parameter `id` of an arena in Caffe's (NCHW) order: a view of it where it lies so, else a copy. */
export function takeParam(plan: Plan, id: number, arena: Float32Array): Float32Array {
  const tensor = plan.tensors[plan.params[id]!.data]!;
  const { rows, cols, count } = matrixOf(tensor);
  if (lies(tensor)) return arena.subarray(tensor.offset, tensor.offset + count);
  const out = new Float32Array(count);
  for (let col = 0; col < cols; col++) {
    for (let row = 0; row < rows; row++) out[col * rows + row] = arena[tensor.offset + row * tensor.pitch + col]!;
  }
  return out;
}

/** Writes parameter `id`, given in Caffe's order. */
export function putParam(plan: Plan, id: number, arena: Float32Array, values: Float32Array): void {
  const tensor = plan.tensors[plan.params[id]!.data]!;
  const { rows, cols } = matrixOf(tensor);
  if (lies(tensor)) {
    arena.set(values, tensor.offset);
    return;
  }
  for (let col = 0; col < cols; col++) {
    for (let row = 0; row < rows; row++) arena[tensor.offset + row * tensor.pitch + col] = values[col * rows + row]!;
  }
}

export function paramShape(plan: Plan, id: number): number[] {
  return [...plan.tensors[plan.params[id]!.data]!.shape];
}

/**
 * Pairs of parameters that two nets have in common, as Caffe's ShareTrainedLayersWith pairs them: layers of the same
 * name, blob by blob. Layers that only one net has are left alone.
 */
export function sharedParams(from: Net, to: Net): { source: number; target: number }[] {
  const byTarget = new Map<number, number>();
  for (const layer of from.layers) {
    const name = layer.param.name ?? '';
    const other = to.layers.find((candidate) => candidate.param.name === name);
    if (!other) continue;
    if (other.params.length !== layer.params.length) {
      const counts = `${layer.params.length} parameter blobs in the training net, ${other.params.length} in the test net`;
      throw new SiameseError('input', `layer ${name} has ${counts}`, { layer: name });
    }
    layer.params.forEach((param, i) => {
      const target = other.params[i]!;
      if (param.shape.join() !== target.shape.join()) {
        const shapes = `${shapeString(param.shape)} in the training net, ${shapeString(target.shape)} in the test net`;
        throw new SiameseError('input', `layer ${name}, parameter ${i} is ${shapes}`, { layer: name });
      }
      byTarget.set(target.id, param.id);
    });
  }
  return [...byTarget].map(([target, source]) => ({ source, target }));
}

/** A shape as Caffe prints it: "6 1 5 5 (150)". */
export function shapeString(shape: readonly number[]): string {
  return [...shape, `(${product(shape)})`].join(' ');
}

export const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function matrixOf(tensor: PlanTensor): { rows: number; cols: number; count: number } {
  const cols = product(tensor.shape.slice(0, tensor.split));
  const rows = product(tensor.shape.slice(tensor.split));
  return { rows, cols, count: rows * cols };
}

/** Caffe's own order without gaps: one column, or one row, of touching elements. */
function lies(tensor: PlanTensor): boolean {
  const { rows, cols } = matrixOf(tensor);
  return rows === 1 || (cols === 1 && tensor.pitch === 1);
}
