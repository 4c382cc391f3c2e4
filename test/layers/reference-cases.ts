/** Compares a layer with its float64 reference over a list of shapes and options, forward and backward. */
import { type Array64, count, finiteDifferences, type Gradients, type Reference } from '../reference/reference';
import { expectClose } from './close';
import { type LayerCase, type LayerRun, runLayer, topShapes, type Values } from './harness';

export interface ReferenceCase {
  /** What is particular about it: the test's name. */
  name: string;
  /** Options of the layer, its type left out: 'relu_param { negative_slope: 0.1 }'. */
  options?: string;
  shapes: number[][];
  reference: Reference;
  /** Values of bottom `b`; default: uniform in [-2, 2). */
  values?: (b: number, random: Random, index: number) => number;
  params?: number[][];
  paramValues?: (p: number, random: Random, index: number) => number;
  tops?: number;
  /** Per top, whether a gradient comes down: default all. A loss's own weight stands. */
  isLoss?: boolean;
  /** Bottoms that take a gradient; default all. */
  gradients?: boolean[];
  /** Blobs with lr_mult 0, of which no gradient is computed. */
  fixedParams?: boolean;
  forwardOnly?: boolean;
  inPlace?: boolean;
  phase?: 'TRAIN' | 'TEST';
  labelCount?: number;
  tolerance?: number;
  /** How far `backward` may be from finite differences, and why. */
  differences?: [tolerance: number, reason: string];
}

export type Random = () => number;

/** float32 against float64 over sums of up to some thousand terms; exp and log add an ulp or two. */
const TOLERANCE = 1e-5;
/** Central differences in float64 with a step of 1e-5 are good to about 1e-9; second derivatives of losses add to that. */
const DIFFERENCES = 1e-6;

export function testAgainstReference(type: string, cases: ReferenceCase[]): void {
  describe('equals its float64 reference', () => {
    it.each(cases)('$name', async (one) => {
      const layerCase = caseOf(type, one);
      compare(one, layerCase, await runLayer(layerCase));
    });
  });
}

/** The same bits whatever the number of threads, on shapes large enough to be shared out. */
export function testThreads(type: string, one: Omit<ReferenceCase, 'reference'>): void {
  it('gives the same bits whatever the number of threads', async () => {
    const layerCase = caseOf(type, { ...one, reference: { forward: () => [] } });
    const [single, three] = [
      await runLayer({ ...layerCase, threads: 1 }),
      await runLayer({ ...layerCase, threads: 3 }),
    ];
    expect(three).toEqual(single);
  });
}

export function caseOf(type: string, one: ReferenceCase): LayerCase {
  const random = randomOf(one.name);
  const { values = () => random() * 4 - 2, paramValues = () => random() * 2 - 1 } = one;
  const make = (shape: readonly number[], value: (index: number) => number): Values => ({
    shape,
    data: Float32Array.from({ length: count(shape) }, (_, i) => value(i)),
  });
  const layerCase: LayerCase = {
    layer: `type: "${type}" ${one.options ?? ''}`,
    bottoms: one.shapes.map((shape, b) => make(shape, (i) => values(b, random, i))),
    tops: one.tops ?? 1,
    params: (one.params ?? []).map((shape, p) => make(shape, (i) => paramValues(p, random, i)).data),
    frozen: one.shapes.map((_, b) => !(one.gradients?.[b] ?? true) && !one.isLoss),
    inPlace: one.inPlace ?? false,
    ...(one.phase ? { phase: one.phase } : {}),
    ...(one.labelCount ? { labelCount: one.labelCount } : {}),
  };
  if (one.forwardOnly) return layerCase;
  const topDiffs = one.isLoss
    ? [undefined]
    : topShapes(layerCase).map((shape) => make(shape, () => random() * 2 - 1).data);
  return { ...layerCase, topDiffs };
}

function compare(one: ReferenceCase, layerCase: LayerCase, run: LayerRun): void {
  const { reference, tolerance = TOLERANCE } = one;
  const bottoms = layerCase.bottoms.map(({ shape, data }): Array64 => ({ shape, data: Float64Array.from(data) }));
  const params = (layerCase.params ?? []).map(
    (data, p): Array64 => ({ shape: one.params![p]!, data: Float64Array.from(data) }),
  );
  const tops = reference.forward(bottoms, params);
  expect(run.tops.map(({ shape }) => shape)).toEqual(tops.map(({ shape }) => [...shape]));
  tops.forEach(({ data }, t) => {
    expectClose(run.tops[t]!.data, data, tolerance, `top ${t}`);
  });
  if (one.forwardOnly) return;
  const topDiffs = tops.map(({ data }, t) => {
    const given = layerCase.topDiffs![t];
    return given ? Float64Array.from(given) : data.map(() => (one.isLoss && t === 0 ? 1 : 0));
  });
  const wanted = bottoms.map((_, b) => one.gradients?.[b] ?? true);
  const numeric = finiteDifferences(reference.forward, bottoms, params, topDiffs, wanted);
  const exact = reference.backward?.(bottoms, params, topDiffs) ?? numeric;
  if (reference.backward)
    compareGradients(exact, numeric, one.differences?.[0] ?? DIFFERENCES, 'by finite differences, ');
  const { bottomDiffs, paramDiffs } = run;
  if (!one.fixedParams) expect(paramDiffs.slice(0, params.length)).not.toContain(undefined);
  compareGradients({ bottoms: bottomDiffs, params: one.fixedParams ? [] : paramDiffs }, exact, tolerance, '');
}

function compareGradients(
  actual: { bottoms: (ArrayLike<number> | undefined)[]; params?: (ArrayLike<number> | undefined)[] },
  expected: Gradients,
  tolerance: number,
  how: string,
): void {
  expected.bottoms.forEach((gradient, b) => {
    if (gradient) expectClose(actual.bottoms[b]!, gradient, tolerance, `${how}gradient of bottom ${b}`);
  });
  expected.params?.forEach((gradient, p) => {
    if (actual.params?.[p]) expectClose(actual.params[p], gradient, tolerance, `${how}gradient of blob ${p}`);
  });
}

/** A generator seeded by a text (mulberry32): the same values in every run. */
export function randomOf(text: string): Random {
  let state = 1;
  for (const char of text) state = Math.imul(state, 31) + char.charCodeAt(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
