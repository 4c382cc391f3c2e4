/** The net that the flags mean, by --model or --solver, and building it with the shapes of its data. */
import path from 'node:path';
import { openLayerSource } from '../data/index.js';
import type { RecordSource } from '../data/record-source.js';
import type { SiameseError } from '../errors.js';
import { findLayerType } from '../layers/index.js';
import type { Phase } from '../layers/layer.js';
import { buildNet, filterNet } from '../net/net.js';
import type { Net } from '../net/net-types.js';
import { readNet, readSolver } from '../proto/files.js';
import type { LayerParameter, NetParameter, SolverParameter } from '../proto/messages.js';
import { type NetRequest, solverNets } from '../solver/settings.js';
import { type Call, usageError } from './call.js';

export interface ChosenNet extends NetRequest {
  /** The solver that named the net, if one did. */
  solver?: SolverParameter;
}

/** From --model, or the net that --solver (or `solver`) names for the phase. */
export function chooseNet({ command, flags, terminal }: Call, phase: Phase, solver = flags.solver): ChosenNet {
  const chosen = { phase, level: flags.level, stages: flags.stage ?? [] };
  if (flags.model !== undefined) {
    const { message, warnings } = readNet(flags.model);
    for (const warning of warnings) terminal.warn(warning);
    return { ...chosen, param: message, from: `net file: ${flags.model}`, folder: path.dirname(flags.model) };
  }
  if (solver === undefined) {
    throw usageError(`${command} needs a net`, '--model NET.prototxt, or --solver SOLVER.prototxt');
  }
  const parsed = readSolver(solver);
  const { train, tests, warnings } = solverNets(parsed.message, solver);
  for (const warning of [...parsed.warnings, ...warnings]) terminal.warn(warning);
  // A solver without test nets still has a net, which may have layers for the TEST phase.
  const request = phase === 'TRAIN' ? train : (tests[0] ?? { ...train, phase });
  const state = flags.level || flags.stage ? chosen : {};
  return { ...request, ...state, solver: parsed.message };
}

/** The net with its data sets open; the caller closes them. */
export async function buildChosen(
  request: NetRequest,
  warn: (warning: SiameseError) => void,
): Promise<{ net: Net; sources: Map<string, RecordSource> }> {
  const { param, phase, level, stages } = request;
  const sources = await openSources(request);
  try {
    const recordShapes = (layer: LayerParameter): [number, number, number] | undefined => {
      const info = sources.get(layer.name ?? '')?.info;
      return info && [info.channels, info.height, info.width];
    };
    const labelCount = await countLabels(sources);
    const recordParts = (layer: LayerParameter) => sources.get(layer.name ?? '')?.info.parts;
    const options = { phase, level, stages, recordShapes, recordParts, labelCount, warn };
    return { net: buildNet(param, options), sources };
  } catch (error) {
    await closeSources(sources);
    throw error;
  }
}

/** Data sets of a net's Data layers, by layer name. */
export async function openSources({
  param,
  phase,
  level,
  stages,
  folder,
}: NetRequest): Promise<Map<string, RecordSource>> {
  const sources = new Map<string, RecordSource>();
  try {
    for (const layer of dataLayers(param, phase, level, stages)) {
      sources.set(layer.name ?? '', await openLayerSource(layer, folder ?? '.'));
    }
    return sources;
  } catch (error) {
    await closeSources(sources);
    throw error;
  }
}

export async function closeSources(sources: ReadonlyMap<string, RecordSource>): Promise<void> {
  for (const source of sources.values()) await source.close();
}

function dataLayers(param: NetParameter, phase: Phase, level: number, stages: string[]): LayerParameter[] {
  const layers = filterNet(param, { phase, level, stages }).layer ?? [];
  return layers.filter((layer) => findLayerType(layer).fed);
}

async function countLabels(sources: ReadonlyMap<string, RecordSource>): Promise<number | undefined> {
  let count: number | undefined;
  for (const source of sources.values()) {
    for (const label of await source.labels()) count = Math.max(count ?? 0, label + 1);
  }
  return count;
}
