/** Pass 3: layers in order tell the shapes of their tops from those of their bottoms, and which parameters they want. */
import type { SiameseError } from '../errors.js';
import { SiameseError as Failure } from '../errors.js';
import type { LayerContext, LayerSetup, LayerType, Phase } from '../layers/layer.js';
import type { LayerParameter } from '../proto/messages.js';
import { isInPlace } from './graph.js';
import { layerError } from './layer-error.js';

/** What the outside knows and the prototxt does not say. */
export interface Surroundings {
  phase: Phase;
  recordShapes?: ((dataLayer: LayerParameter) => [number, number, number] | undefined) | undefined;
  recordParts?: ((dataLayer: LayerParameter) => readonly (readonly number[])[] | undefined) | undefined;
  labelCount?: number | undefined;
  warn?: ((warning: SiameseError) => void) | undefined;
}

export interface ShapedLayer {
  setup: LayerSetup;
  /** Into `blobs`; an in-place top has its bottom's number. */
  bottoms: number[];
  tops: number[];
}

export interface Shaped {
  layers: ShapedLayer[];
  blobs: { name: string; shape: number[] }[];
}

/** Name of a top that a loss layer has and the prototxt does not name. */
export const AUTOMATIC = '(automatic)';

export function inferShapes(
  layers: readonly LayerParameter[],
  types: readonly LayerType[],
  around: Surroundings,
): Shaped {
  const blobs: Shaped['blobs'] = [];
  const current = new Map<string, number>();
  const shaped = layers.map((layer, index) => {
    const type = types[index]!;
    checkCounts(layer, type);
    const bottoms = (layer.bottom ?? []).map((name) => current.get(name)!);
    const names = topNames(layer, type);
    const setup = setUp(
      layer,
      type,
      bottoms.map((b) => blobs[b]!),
      names,
      around,
    );
    const tops = names.map((name, t) => {
      if (isInPlace(layer, t)) return keepInPlace(layer, type, t, bottoms[t]!, blobs, setup.tops[t]!);
      blobs.push({ name, shape: setup.tops[t]! });
      if (name !== AUTOMATIC) current.set(name, blobs.length - 1);
      return blobs.length - 1;
    });
    return { setup, bottoms, tops };
  });
  return { layers: shaped, blobs };
}

/** Runs a layer's own setup and holds it to its word. The towers pass calls it again with stacked shapes. */
export function setUp(
  layer: LayerParameter,
  type: LayerType,
  bottoms: LayerContext['bottoms'],
  topNames: readonly string[],
  around: Surroundings,
): LayerSetup {
  const setup = type.setup({
    param: layer,
    phase: phaseOf(layer, around),
    bottoms,
    tops: topNames.map((name) => ({ name })),
    get recordShape() {
      return around.recordShapes?.(layer);
    },
    get recordParts() {
      return around.recordParts?.(layer);
    },
    labelCount: around.labelCount,
    fail(message, details) {
      throw layerError(layer, message, details);
    },
    warn(message, details) {
      around.warn?.(layerError(layer, message, details));
    },
  });
  const shapes = [...setup.tops, ...setup.params.map((param) => param.shape)];
  if (setup.tops.length !== topNames.length || shapes.flat().some((dim) => !Number.isSafeInteger(dim) || dim < 0)) {
    throw new Failure('internal', `layer type ${type.type} answers with impossible shapes: ${JSON.stringify(shapes)}`, {
      layer: layer.name,
    });
  }
  return setup;
}

/** A layer may be given a phase of its own. */
export function phaseOf({ phase }: LayerParameter, around: Surroundings): Phase {
  return phase === 'TRAIN' || phase === 'TEST' ? phase : around.phase;
}

function topNames(layer: LayerParameter, type: LayerType): string[] {
  const names = [...(layer.top ?? [])];
  while (type.autoTops && names.length < type.tops[0]) names.push(AUTOMATIC);
  return names;
}

function checkCounts(layer: LayerParameter, type: LayerType): void {
  const bottoms = layer.bottom?.length ?? 0;
  const tops = layer.top?.length ?? 0;
  checkCount(layer, 'bottom', bottoms, type.bottoms);
  checkCount(layer, 'top', tops, type.autoTops ? [0, type.tops[1]] : type.tops);
  if (type.equalBottomsAndTops && bottoms !== tops) {
    throw layerError(
      layer,
      `needs as many tops as bottoms, but has ${plural(bottoms, 'bottom')} and ${plural(tops, 'top')}`,
    );
  }
  if (layer.propagate_down?.length && layer.propagate_down.length !== bottoms) {
    throw layerError(
      layer,
      `propagate_down is given ${layer.propagate_down.length} times for ${plural(bottoms, 'bottom')}`,
      {
        field: 'propagate_down',
        help: 'give none, or one for each bottom',
      },
    );
  }
}

function checkCount(
  layer: LayerParameter,
  what: 'bottom' | 'top',
  given: number,
  [min, max]: readonly [number, number],
): void {
  if (given >= min && given <= max) return;
  let wanted = `${min} to ${plural(max, what)}`;
  if (min === max) wanted = min === 0 ? `no ${what}` : plural(min, what);
  else if (max === Infinity) wanted = `at least ${plural(min, what)}`;
  throw layerError(layer, `needs ${wanted}, but has ${given === 0 ? 'none' : given}`, {
    field: given > max ? `${what}[${max}]` : undefined,
  });
}

function keepInPlace(
  layer: LayerParameter,
  type: LayerType,
  t: number,
  blob: number,
  blobs: Shaped['blobs'],
  shape: readonly number[],
): number {
  const { name, shape: before } = blobs[blob]!;
  const field = `top[${t}]`;
  if (!type.inPlace) {
    throw layerError(layer, `cannot work in place: top "${name}" is also its bottom`, {
      field,
      help: 'give the top another name',
    });
  }
  if (shape.join() !== before.join()) {
    throw layerError(
      layer,
      `cannot work in place: "${name}" is ${before.join(' x ')}, and would become ${shape.join(' x ')}`,
      {
        field,
        help: 'give the top another name',
      },
    );
  }
  return blob;
}

function plural(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
