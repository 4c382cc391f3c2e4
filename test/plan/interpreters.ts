/** The same made-up arithmetic run twice: on a net with fresh memory for every blob, and on a plan in its arenas. */
import type { Net, NetLayer } from '../../src/net/net-types.js';
import type { Plan, PlanLayer, PlanTensor, TensorId } from '../../src/plan/plan.js';
import { addParamGradient, backward, forward, type Numbers, type Operand, size, source } from './arithmetic.js';

export interface Outcome {
  /** By blob name; only what may be read after the pass. */
  data: Map<string, Numbers>;
  diff: Map<string, Numbers>;
  gradients: Numbers[];
  /**
   * Blobs that Caffe keeps in one memory, as a Reshape does, with one that an in-place layer changes afterwards. A plan may
   * have a copy in between (a Relayout), and then still the numbers as they were.
   */
  unsettled: Record<'data' | 'diff', Set<string>>;
}

/** The oracle: no sharing of memory but what Caffe itself shares (in place, Reshape). */
export function runNet(net: Net, withBackward: boolean): Outcome {
  const data: Operand[] = [];
  const diff: Numbers[] = [];
  const params = net.params.map(({ name, shape }) => source(name, 0, shape));
  const gradients = params.map((param) => new Float64Array(param.length));
  const shapes = net.blobs.map(({ shape }) => shape);
  for (const layer of net.layers) {
    const bottoms = layer.bottoms.map((b) => data[b]!);
    const results = layer.tops.map((top, t) => forwardOf(layer, bottoms, params, shapes[top]!, t));
    layer.tops.forEach((top, t) => {
      const inPlace = layer.bottoms.includes(top);
      if (inPlace) data[top]!.values.set(results[t]!);
      else data[top] = { shape: shapes[top]!, values: results[t]! };
    });
  }
  if (withBackward) runNetBackward();
  // Of several blobs of one name the last, but an Input keeps its name.
  const inputs = new Set(
    net.layers.flatMap(({ type, tops }) => (type.type === 'Input' ? tops.map((top) => net.blobs[top]!.name) : [])),
  );
  const byName = (values: (b: number) => Numbers | undefined) => {
    const named = new Map<string, Numbers>();
    const seen = new Set<string>();
    net.blobs.forEach(({ name }, b) => {
      if (inputs.has(name) && seen.has(name)) return;
      seen.add(name);
      named.delete(name);
      if (values(b)) named.set(name, values(b)!);
    });
    return named;
  };
  return {
    data: byName((b) => data[b]?.values),
    diff: byName((b) => diff[b]),
    gradients,
    unsettled: findUnsettled(net),
  };

  function runNetBackward(): void {
    for (const { tops, lossWeights } of net.layers) {
      for (const [t, top] of tops.entries())
        if (lossWeights[t] && net.blobs[top]!.needsDiff)
          diff[top] = new Float64Array(size(shapes[top]!)).fill(lossWeights[t]!);
    }
    for (const layer of [...net.layers].reverse()) {
      if (!layer.needsBackward || !layer.tops.some((top) => diff[top])) continue;
      const topDiffs = layer.tops.map((top) => diff[top] && { shape: shapes[top]!, values: diff[top]! });
      const operands = (blobs: number[], which?: number[]) => (which ?? [...blobs.keys()]).map((i) => data[blobs[i]!]!);
      const reads = readsOf(layer, operands);
      layer.params.forEach(({ id }, p) => {
        if (layer.paramPropagateDown[p] && net.params[id]!.learnable)
          addParamGradient(gradients[id]!, p, topDiffs, reads);
      });
      const results = layer.bottoms.map((b, i) =>
        layer.propagateDown[i] ? backwardOf(layer, i, shapes[b]!, topDiffs, reads) : undefined,
      );
      results.forEach((result, i) => {
        const bottom = layer.bottoms[i]!;
        if (result && layer.tops.includes(bottom)) diff[bottom]!.set(result);
        else if (result) diff[bottom] = result;
      });
    }
  }

  function forwardOf(
    layer: NetLayer,
    bottoms: Operand[],
    all: Numbers[],
    shape: readonly number[],
    t: number,
  ): Numbers {
    if (layer.bottoms.length === 0) return source(layer.param.name!, t, shape);
    const [bottom] = bottoms;
    if (isReshape(layer)) return bottom!.values;
    if (layer.type.type === 'Split') return bottom!.values.slice();
    if (layer.type.type === 'Slice') return cut(bottom!, layer, t);
    return forward(
      bottoms,
      layer.params.map(({ id }) => all[id]!),
      shape,
      t,
    );
  }

  function backwardOf(
    layer: NetLayer,
    b: number,
    shape: readonly number[],
    diffs: (Operand | undefined)[],
    reads: Operand[],
  ): Numbers {
    if (isReshape(layer)) return diffs[0]!.values;
    if (layer.type.type === 'Split') return sum(diffs, size(shape));
    if (layer.type.type === 'Slice') return paste(diffs, layer, shape);
    return backward(b, shape, diffs, reads);
  }
}

/** The plan as the engine would run it. Memory starts as NaN, so that reading what nobody wrote shows. */
export function runPlan(plan: Plan, net: Net): Outcome {
  const activation = new Float64Array(plan.sizes.activation).fill(Number.NaN);
  const param = new Float64Array(plan.sizes.param).fill(Number.NaN);
  const gradient = new Float64Array(plan.sizes.param);
  const arenas = { activation, param, gradient };
  const sources = new Map(net.layers.map((layer) => [layer.param.name!, layer]));
  plan.params.forEach(({ name, data }) => {
    write(data, source(name, 0, plan.tensors[data]!.shape));
  });
  fillInputs();
  for (const l of plan.forward) forwardPlan(plan.layers[l]!);
  for (const { diff, weight } of plan.losses)
    if (diff >= 0) write(diff, new Float64Array(size(plan.tensors[diff]!.shape)).fill(weight));
  for (const l of plan.backward) backwardPlan(plan.layers[l]!);
  const kept = plan.blobs.filter((blob) => blob.kept);
  return {
    data: new Map(kept.map(({ name, data }) => [name, read(data)])),
    diff: new Map(kept.flatMap(({ name, diff }) => (diff >= 0 ? [[name, read(diff)]] : []))),
    unsettled: { data: new Set(), diff: new Set() },
    gradients: plan.params.map(({ diff, data }) =>
      diff >= 0 ? read(diff) : new Float64Array(size(plan.tensors[data]!.shape)),
    ),
  };

  function fillInputs(): void {
    for (const { param: layer, type, tops } of net.layers) {
      if (type.type !== 'Input') continue;
      for (const [t, top] of tops.entries()) {
        const blob = plan.blobs.find(({ name }) => name === net.blobs[top]!.name)!;
        write(blob.data, source(layer.name!, t, net.blobs[top]!.shape));
      }
    }
  }

  function forwardPlan(planLayer: PlanLayer): void {
    const { type, name, bottoms, tops, params, fused } = planLayer;
    if (fused) {
      write(tops[0]!.data, runFused(planLayer).at(-1)!.values);
      return;
    }
    const inputs = bottoms.map(({ data }) => operand(data));
    const layer = sources.get(name);
    const outputs = tops.map(({ data }, t) => {
      const { shape } = plan.tensors[data]!;
      if (bottoms.length === 0) return source(name, t, shape);
      if (type === 'Split' || type === 'Relayout' || type === 'Reshape') return inputs[0]!.values;
      if (type === 'Stack') return join(inputs);
      if (type === 'Slice') return layer ? cut(inputs[0]!, layer, t) : batchPart(inputs[0]!.values, t, tops.length);
      return forward(
        inputs,
        params.map((slot) => read(slot.data)),
        shape,
        t,
      );
    });
    tops.forEach(({ data }, t) => {
      write(data, outputs[t]!);
    });
  }

  /** A layer and what it took in, one after the other, each with its parameters; what each leaves in its top. */
  function runFused({ bottoms, tops, params, fused, merged, name }: PlanLayer): Operand[] {
    const stages = stagesOf(name, fused!, merged);
    const outputs: Operand[] = [];
    let first = 0;
    for (const stage of stages) {
      const shape = [plan.tensors[tops[0]!.data]!.shape[0]!, ...net.blobs[stage.tops[0]!]!.shape.slice(1)];
      const inputs = outputs.length > 0 ? [outputs.at(-1)!] : bottoms.map(({ data }) => operand(data));
      const weights = params.slice(first, first + stage.params.length).map((slot) => read(slot.data));
      first += stage.params.length;
      outputs.push({ shape, values: forward(inputs, weights, shape, 0) });
    }
    return outputs;
  }

  /** The net's layers of the first tower: `fused` lists each stage in all towers. */
  function stagesOf(name: string, fused: string[], merged: string[] = []): NetLayer[] {
    return [name, ...fused.filter((_, i) => i % (merged.length + 1) === 0)].map((stage) => sources.get(stage)!);
  }

  /** The gradient of the convolution's own top, from that of the pooling that it took in. */
  function throughPooling(planLayer: PlanLayer, top: Operand): Operand {
    const outputs = runFused(planLayer);
    const stages = stagesOf(planLayer.name, planLayer.fused!, planLayer.merged);
    let diff = top;
    for (let s = stages.length - 1; s > 0; s--) {
      const stage = stages[s]!;
      const inPlace = stage.bottoms[0] === stage.tops[0];
      const reads = readsOf(stage, (_, which, isTop) =>
        which?.length === 0 ? [] : [outputs[isTop || inPlace ? s : s - 1]!],
      );
      const { shape } = outputs[s - 1]!;
      diff = { shape, values: backward(0, shape, [diff], reads) };
    }
    return diff;
  }

  function backwardPlan(planLayer: PlanLayer): void {
    const { type, name, bottoms, tops, params, attributes } = planLayer;
    let diffs = tops.map(({ diff }) => (diff >= 0 ? operand(diff) : undefined));
    if (attributes.pool_kernel) diffs = [throughPooling(planLayer, diffs[0]!)];
    const layer = sources.get(name);
    const slots = (list: { data: TensorId }[], which?: number[]) =>
      (which ?? [...list.keys()]).map((i) => operand(list[i]!.data));
    const reads = layer ? readsOf(layer, (_, which, isTop) => slots(isTop ? tops : bottoms, which)) : [];
    const addParams = (some: typeof params, data: Operand[]) =>
      some.forEach(({ diff }, p) => {
        if (diff < 0) return;
        const sum = read(diff);
        addParamGradient(sum, p, diffs, data);
        write(diff, sum);
      });
    const own = attributes.scale === true ? layer!.params.length : params.length;
    if (attributes.scale === true) {
      // In place, so that all it can read is what its top has become.
      const scale = stagesOf(name, planLayer.fused!, planLayer.merged)[1]!;
      const top = operand(tops[0]!.data);
      const itsReads = readsOf(scale, (_, which) => (which ?? [0]).map(() => top));
      addParams(params.slice(own), itsReads);
      diffs = [{ shape: top.shape, values: backward(0, top.shape, diffs, itsReads) }];
    }
    addParams(params.slice(0, own), reads);
    const results = bottoms.map(({ diff }, b) => {
      if (diff < 0) return undefined;
      const { shape } = plan.tensors[diff]!;
      if (type === 'Relayout' || type === 'Reshape') return diffs[0]!.values;
      if (type === 'Stack') return batchPart(diffs[0]!.values, b, bottoms.length);
      if (type === 'Split') return sum(diffs, size(shape));
      if (type === 'Slice' && !layer)
        return join(diffs.map((d) => d ?? { shape, values: new Float64Array(size(shape) / tops.length) }));
      if (type === 'Slice') return paste(diffs, layer!, shape);
      return backward(b, shape, diffs, reads);
    });
    bottoms.forEach(({ diff }, b) => {
      if (results[b]) write(diff, results[b]!);
    });
  }

  function operand(id: TensorId): Operand {
    return { shape: plan.tensors[id]!.shape, values: read(id) };
  }

  function read(id: TensorId): Numbers {
    const tensor = plan.tensors[id]!;
    return Float64Array.from(places(tensor), (place) => arenas[tensor.arena][place]!);
  }

  function write(id: TensorId, values: Numbers): void {
    const tensor = plan.tensors[id]!;
    if (values.length !== size(tensor.shape))
      throw new Error(`${values.length} numbers for ${tensor.shape.join(' x ')}`);
    places(tensor).forEach((place, i) => {
      if (place >= arenas[tensor.arena].length) throw new Error('outside of the arena');
      arenas[tensor.arena][place] = values[i]!;
    });
  }
}

function findUnsettled(net: Net): Outcome['unsettled'] {
  const unsettled = { data: new Set<string>(), diff: new Set<string>() };
  follow(net.layers, unsettled.diff, ({ bottoms, tops }) => [bottoms[0]!, tops[0]!]);
  follow([...net.layers].reverse(), unsettled.data, ({ bottoms, tops }) => [tops[0]!, bottoms[0]!]);
  return unsettled;

  function follow(layers: NetLayer[], found: Set<string>, ends: (layer: NetLayer) => [from: number, to: number]): void {
    const changed = new Set<number>();
    for (const layer of layers) {
      for (const top of layer.tops) if (layer.bottoms.includes(top)) changed.add(top);
      if (!isReshape(layer) || !changed.has(ends(layer)[0])) continue;
      changed.add(ends(layer)[1]);
      found.add(net.blobs[ends(layer)[1]]!.name);
    }
  }
}

/** Where each element is, in Caffe's order. */
function places({ shape, split, offset, pitch }: PlanTensor): number[] {
  const cols = size(shape.slice(0, split));
  const rows = size(shape.slice(split));
  if (pitch < cols) throw new Error('a pitch below cols');
  return Array.from({ length: rows * cols }, (_, i) => offset + (i % rows) * pitch + Math.floor(i / rows));
}

function readsOf(
  layer: NetLayer,
  operands: (blobs: number[], which: number[] | undefined, isTop: boolean) => Operand[],
): Operand[] {
  const reads = layer.setup.backwardReads;
  return [...operands(layer.bottoms, reads?.bottoms, false), ...operands(layer.tops, reads?.tops, true)];
}

function isReshape({ setup, tops }: NetLayer): boolean {
  return tops.length === 1 && setup.views?.length === 1 && setup.views[0]!.axis === undefined;
}

/** Top `t` of a Slice. */
function cut({ shape, values }: Operand, layer: NetLayer, t: number): Numbers {
  const { axis, start } = layer.setup.views![t]!;
  const length = layer.setup.tops[t]![axis!]!;
  return values.filter((_, i) => {
    const at = Math.floor(i / size(shape.slice(axis! + 1))) % shape[axis!]!;
    return at >= start! && at < start! + length;
  });
}

function paste(parts: readonly (Operand | undefined)[], layer: NetLayer, shape: readonly number[]): Numbers {
  const next = parts.map(() => 0);
  const { axis } = layer.setup.views![0]!;
  return Float64Array.from({ length: size(shape) }, (_, i) => {
    const at = Math.floor(i / size(shape.slice(axis! + 1))) % shape[axis!]!;
    const part = layer.setup.views!.findLastIndex(({ start }) => at >= start!);
    return parts[part]?.values[next[part]!++] ?? 0;
  });
}

function sum(parts: readonly (Operand | undefined)[], length: number): Numbers {
  return Float64Array.from({ length }, (_, i) => parts.reduce((total, part) => total + (part?.values[i] ?? 0), 0));
}

function join(parts: readonly Operand[]): Numbers {
  return Float64Array.from(parts.flatMap(({ values }) => [...values]));
}

function batchPart(values: Numbers, part: number, parts: number): Numbers {
  const length = values.length / parts;
  return values.slice(part * length, (part + 1) * length);
}
