/**
 * Made-up layers, slow and plain: enough to tell whether a plan moves the right numbers to the right places.
 *
 * Each layer mixes all elements of an item, and its parameters, with fixed weights; its gradient also uses the data that the
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
  const out = new Float64Array(size(topShape));
  const outPer = out.length / items;
  const bias = params.reduce((sum, param, p) => sum + mean(param) * (p + 1), 0);
  for (let n = 0; n < items; n++) {
    for (let j = 0; j < outPer; j++) {
      let sum = bias;
      bottoms.forEach(({ values }, b) => {
        const per = values.length / items;
        for (let i = 0; i < per; i++) sum += values[n * per + i]! * noise(b * 7 + top, i * 13 + j);
      });
      out[n * outPer + j] = sum;
    }
  }
  return out;
}

/** Gradient of bottom `b`, given those of the tops that have one, and the data that backward reads. */
export function backward(
  b: number,
  bottom: readonly number[],
  diffs: readonly (Operand | undefined)[],
  reads: readonly Operand[],
): Numbers {
  const operands = [...diffs.flatMap((diff) => diff ?? []), ...reads];
  const items = itemsOf(operands, bottom);
  const out = new Float64Array(size(bottom));
  const per = out.length / items;
  for (let n = 0; n < items; n++) {
    for (let i = 0; i < per; i++) {
      let sum = 0;
      diffs.forEach((diff, k) => {
        if (diff) sum += itemDot(diff, n, items, b * 5 + k, i);
      });
      reads.forEach((read, r) => {
        sum += 0.1 * itemDot(read, n, items, b * 3 + r, i);
      });
      out[n * per + i] = sum;
    }
  }
  return out;
}

/** Adds to a parameter's gradient: a sum over the batch, as real ones are. */
export function addParamGradient(
  gradient: Numbers,
  p: number,
  diffs: readonly (Operand | undefined)[],
  reads: readonly Operand[],
): void {
  for (let q = 0; q < gradient.length; q++) {
    for (const operand of [...diffs, ...reads]) {
      if (!operand) continue;
      // The weight depends on the place within an item only, so that stacked batches sum to the same.
      const items = operand.shape[0] ?? 1;
      for (let n = 0; n < items; n++) gradient[q]! += itemDot(operand, n, items, p + 11, q);
    }
  }
}

function itemDot({ values }: Operand, n: number, items: number, seed: number, column: number): number {
  const per = values.length / items;
  let sum = 0;
  for (let j = 0; j < per; j++) sum += values[n * per + j]! * noise(seed, column * 17 + j);
  return sum;
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
