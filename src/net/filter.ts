/** Pass 1: which layers are in the net, by their include and exclude rules. */
import type { LayerParameter, NetParameter, NetStateRule } from '../proto/messages.js';
import { copyPositions } from '../proto/positions.js';
import { layerError, throwAll } from './layer-error.js';

/** What the rules are held against. RUN is MyCaffe's third phase: no net that Caffe knows is ever in it. */
export interface NetState {
  phase: 'TRAIN' | 'TEST' | 'RUN';
  level?: number | undefined;
  stages?: readonly string[] | undefined;
}

/** The net without the layers that `state` leaves out. Layers keep their rules, as in Caffe's snapshots. */
export function filterNet(param: NetParameter, state: NetState): NetParameter {
  const layers = param.layer ?? [];
  throwAll(
    layers
      .filter((layer) => layer.include?.length && layer.exclude?.length)
      .map((layer) =>
        layerError(layer, 'has include rules and exclude rules', {
          field: 'exclude[0]',
          help: 'give rules of one kind only: a layer is in when any include rule, or no exclude rule, is met',
        }),
      ),
  );
  return {
    ...param,
    layer: layers.filter((layer) => isIncluded(layer, state)).map((layer) => trimBottoms(layer, state)),
  };
}

export function isIncluded(layer: LayerParameter, state: NetState): boolean {
  if (layer.include?.length) return layer.include.some((rule) => isMet(rule, state));
  return !layer.exclude?.some((rule) => isMet(rule, state));
}

/** MyCaffe's `max_bottom_count { phase: RUN count: 1 }`: in that phase only the first bottoms stay. */
function trimBottoms(layer: LayerParameter, { phase }: NetState): LayerParameter {
  const most = layer.max_bottom_count?.find((limit) => limit.phase === phase)?.count;
  if (most === undefined || (layer.bottom?.length ?? 0) <= most) return layer;
  const copy = { ...layer, bottom: layer.bottom!.slice(0, most) };
  copyPositions(layer, copy);
  return copy;
}

/** A rule is met when each of the things that it states holds; an empty rule always is. */
function isMet(rule: NetStateRule, { phase, level = 0, stages = [] }: NetState): boolean {
  if (rule.phase !== undefined && rule.phase !== phase) return false;
  if (rule.min_level !== undefined && level < rule.min_level) return false;
  if (rule.max_level !== undefined && level > rule.max_level) return false;
  if (rule.stage?.some((stage) => !stages.includes(stage))) return false;
  return !rule.not_stage?.some((stage) => stages.includes(stage));
}
