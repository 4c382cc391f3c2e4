/**
 * Made-up layers, slow and plain: enough to tell whether a plan moves the right numbers to the right places.
 *
 * Each layer mixes all elements of an item, and its parameters, with weights that tell places apart; its gradient also uses the data that the
 * layer says it reads in backward. The numbers mean nothing; that they depend on everything a layer may read is the point.
 */
export type Numbers = Float64Array;

export interface Operand {
  shape: readonly number[];
  values: Numbers;
}

/** Data of a layer without bottoms: a function of its name. */
export function source(name: string, top: number, shape: readonly number[]): Numbers {
  const seed = [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), top + 1);
  return Float64Array.from({ length: size(shape) }, (_, i) => noise(seed, i));
}

export function forward(
  bottoms: readonly Operand[],
  params: readonly Numbers[],
  topShape: readonly number[],
  top: number,
): Numbers {
  const items = itemsOf(bottoms, topShape);
  const bias = params.reduce((sum, param, p) => sum + mean(param) * (p + 1), 0);
  return spread(topShape, items, (n) =>
    bottoms.reduce((sum, bottom, b) => sum + digest(bottom, n, items, b * 7 + top), bias),
  );
}

/** Gradient of bottom `b`, given those of the tops that have one, and the data that backward reads. */
export function backward(
  b: number,
  bottom: readonly number[],
  diffs: readonly (Operand | undefined)[],
  reads: readonly Operand[],
): Numbers {
  const items = itemsOf([...diffs.flatMap((diff) => diff ?? []), ...reads], bottom);
  return spread(bottom, items, (n) => {
    const fromDiffs = diffs.reduce((sum, diff, k) => sum + (diff ? digest(diff, n, items, b * 5 + k) : 0), 0);
    return reads.reduce((sum, read, r) => sum + 0.1 * digest(read, n, items, b * 3 + r), fromDiffs);
  });
}

/** Adds to a parameter's gradient: a sum over the batch, as real ones are. */
export function addParamGradient(
  gradient: Numbers,
  p: number,
  diffs: readonly (Operand | undefined)[],
  reads: readonly Operand[],
): void {
  let sum = 0;
  for (const operand of [...diffs, ...reads]) {
    const items = operand?.shape[0] ?? 1;
    for (let n = 0; operand && n < items; n++) sum += digest(operand, n, items, p + 11);
  }
  for (let q = 0; q < gradient.length; q++) gradient[q]! += sum * noise(p, q);
}

/** One number for item `n`, which depends on each of its elements and their places. */
function digest({ values }: Operand, n: number, items: number, seed: number): number {
  const per = values.length / items;
  let sum = 0;
  for (let j = 0; j < per; j++) sum += values[n * per + j]! * noise(seed, j);
  return sum;
}

/** The number of each item, spread over its elements with different weights. */
function spread(shape: readonly number[], items: number, numberOf: (item: number) => number): Numbers {
  const out = new Float64Array(size(shape));
  const per = out.length / items;
  for (let n = 0; n < items; n++) {
    const number = numberOf(n);
    for (let j = 0; j < per; j++) out[n * per + j] = number * noise(3, j) + noise(5, j);
  }
  return out;
}

/** Items of a batch where all operands have the same; else everything is one item. */
function itemsOf(operands: readonly Operand[], shape: readonly number[]): number {
  const items = shape[0] ?? 1;
  return operands.every((operand) => (operand.shape[0] ?? 1) === items) ? items : 1;
}

export function size(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

function mean(values: Numbers): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** In [-0.5, 0.5), the same for the same arguments. */
function noise(a: number, b: number): number {
  let x = Math.imul(a + 1, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
  x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
  return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32 - 0.5;
}
