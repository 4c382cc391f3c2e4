/** Pass 5: parameter blobs, shared by name: the first layer with a name owns the blob, later ones use it. */
import type { ParamRequest } from '../layers/layer.js';
import type { LayerParameter, ParamSpec } from '../proto/messages.js';
import { layerError } from './layer-error.js';
import type { Net, NetParam } from './net-types.js';

type OwnedParam = Net['params'][number] & { lrGiven: boolean; decayGiven: boolean };

export interface SharedParams {
  /** Per layer, per blob. */
  layers: NetParam[][];
  params: Net['params'];
}

export function shareParams(
  layers: readonly LayerParameter[],
  requests: readonly (readonly ParamRequest[])[],
): SharedParams {
  const owned: OwnedParam[] = [];
  const byName = new Map<string, number>();
  const used = layers.map((layer, l) => {
    checkSpecCount(layer, requests[l]!.length);
    return requests[l]!.map((request, index) => {
      const spec = layer.param?.[index] ?? {};
      const known = spec.name ? byName.get(spec.name) : undefined;
      if (known !== undefined) {
        join(owned[known]!, layer, index, spec, request, layers);
        return { owner: false, number: known, request };
      }
      owned.push(own(l, layer, index, spec, request));
      if (spec.name) byName.set(spec.name, owned.length - 1);
      return { owner: true, number: owned.length - 1, request };
    });
  });
  return number(owned, used);
}

function own(l: number, layer: LayerParameter, index: number, spec: ParamSpec, request: ParamRequest): OwnedParam {
  return {
    layer: l,
    index,
    name: spec.name || `${layer.name ?? ''}/${index}`,
    shape: request.shape,
    filler: request.filler,
    learnable: request.learnable !== false,
    lr_mult: spec.lr_mult ?? 1,
    decay_mult: spec.decay_mult ?? 1,
    lrGiven: spec.lr_mult !== undefined,
    decayGiven: spec.decay_mult !== undefined,
  };
}

/** A later layer uses an owned blob: shapes must agree, and multipliers where both layers give them. */
function join(
  owner: OwnedParam,
  layer: LayerParameter,
  index: number,
  spec: ParamSpec,
  { shape }: ParamRequest,
  layers: readonly LayerParameter[],
): void {
  const field = `param[${index}]`;
  const ownerName = layers[owner.layer]!.name ?? '';
  const permissive = spec.share_mode === 'PERMISSIVE';
  const fits = permissive ? count(shape) === count(owner.shape) : shape.join() === owner.shape.join();
  if (!fits) {
    const sizes = permissive ? ` (${count(shape)} and ${count(owner.shape)} elements)` : '';
    throw layerError(
      layer,
      `cannot share parameter "${owner.name}" with layer "${ownerName}": ` +
        `its shape here is ${show(shape)}, there ${show(owner.shape)}${sizes}`,
      {
        field,
        help:
          !permissive && count(shape) === count(owner.shape)
            ? 'share_mode: PERMISSIVE shares blobs of equal count'
            : 'give the parameter another name, or make the layers alike',
      },
    );
  }
  for (const [multiplier, given] of [
    ['lr_mult', 'lrGiven'],
    ['decay_mult', 'decayGiven'],
  ] as const) {
    const value = spec[multiplier];
    if (value === undefined) continue;
    if (owner[given] && owner[multiplier] !== value) {
      throw layerError(
        layer,
        `${multiplier} ${value} of the shared parameter "${owner.name}" contradicts ` +
          `${owner[multiplier]} in layer "${ownerName}"`,
        { field: `${field}.${multiplier}`, help: 'give it in one place only, or the same in both' },
      );
    }
    owner[multiplier] = value;
    owner[given] = true;
  }
}

/** Gives out the final numbers: learnable blobs first, in order of their owners, then the layers' own state. */
function number(
  owned: readonly OwnedParam[],
  used: { owner: boolean; number: number; request: ParamRequest }[][],
): SharedParams {
  const order = [...owned.keys()].sort((a, b) => Number(owned[b]!.learnable) - Number(owned[a]!.learnable) || a - b);
  const ids = new Map(order.map((before, id) => [before, id]));
  const params = order.map((before) => {
    const { lrGiven: _lr, decayGiven: _decay, ...param } = owned[before]!;
    return param;
  });
  const layers = used.map((blobs) =>
    blobs.map(({ owner, number: before, request }) => {
      const id = ids.get(before)!;
      const { lr_mult, decay_mult } = params[id]!;
      return { id, owner, lr_mult, decay_mult, shape: request.shape, filler: request.filler };
    }),
  );
  return { layers, params };
}

function checkSpecCount(layer: LayerParameter, blobs: number): void {
  const specs = layer.param?.length ?? 0;
  if (specs <= blobs) return;
  throw layerError(
    layer,
    `has ${specs} param blocks, but ${blobs === 0 ? 'no parameters' : `${blobs} parameter blobs`}`,
    {
      field: `param[${blobs}]`,
    },
  );
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

function show(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join(' x ');
}
