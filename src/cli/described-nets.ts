/** Nets that are looked at, not run: built from a file that need not come with its data. */
import path from 'node:path';
import { openLayerSource } from '../data/index.js';
import { SiameseError } from '../errors.js';
import { findLayerType } from '../layers/index.js';
import { buildNet, filterNet } from '../net/net.js';
import type { Net } from '../net/net-types.js';
import { readSolver } from '../proto/files.js';
import type { LayerParameter } from '../proto/messages.js';
import { positionOf } from '../proto/positions.js';
import { solverNets } from '../solver/settings.js';
import { type Call, usageError } from './call.js';
import { type ChosenNet, chooseNet } from './nets.js';
import { solverOf } from './runs.js';
import { findCaffemodel } from './trained.js';

type RecordShape = [channels: number, height: number, width: number];

export interface DescribedNet {
  request: ChosenNet;
  net: Net;
}

/** The net named on the line (a net or a solver), by --model or --solver, or that of the newest snapshot. */
export async function describeNet(call: Call): Promise<DescribedNet> {
  const request = chooseDescribed(call);
  const { terminal } = call;
  const { param, phase, level, stages } = request;
  const records = await recordsOf(request, call);
  const recordShapes = (layer: LayerParameter) => records.get(layer.name ?? '')?.shape;
  const recordParts = (layer: LayerParameter) => records.get(layer.name ?? '')?.parts;
  const options = { phase, level, stages, recordShapes, recordParts };
  const net: Net = buildNet(param, { ...options, labelCount: 1, warn: (warning) => terminal.warn(warning) });
  return { request, net };
}

function chooseDescribed(call: Call): ChosenNet {
  const { args, flags, terminal, command } = call;
  const phase = flags.phase ?? 'TRAIN';
  const [file, ...more] = args;
  if (more.length > 0) throw usageError(`${command} takes one net, but was given ${args.length} files`);
  if (file === undefined) {
    if (flags.model !== undefined || flags.solver !== undefined) return chooseNet(call, phase);
    const solver = solverOf(findCaffemodel(call));
    if (solver === undefined) throw usageError(`${command} needs a net`, `siamese ${command} NET.prototxt`);
    return chooseNet(call, phase, solver);
  }
  if (flags.model !== undefined || flags.solver !== undefined) {
    throw usageError(`${command} takes one net: ${file}, or that of --model or --solver`);
  }
  try {
    return chooseNet({ ...call, flags: { ...flags, model: file } }, phase);
  } catch (error) {
    const solver = error instanceof SiameseError && trySolver(file);
    if (!solver) throw error;
    for (const warning of solver.warnings) terminal.warn(warning);
    return chooseNet(call, phase, file);
  }
}

/** What is no net may be a solver: then the net is the one that it names. */
function trySolver(file: string) {
  try {
    const { message, warnings } = readSolver(file);
    return solverNets(message, file).train && { warnings };
  } catch {
    return undefined; // nor a solver: the first error is the one to tell
  }
}

/** Shapes of one record, and for HDF5Data of its parts. */
interface DescribedRecords {
  shape: RecordShape;
  parts: number[][] | undefined;
}

/** Of each layer of records: --shape, or its data set's, or where that is not here what the prototxt lets guess. */
async function recordsOf(request: ChosenNet, { flags, terminal }: Call): Promise<Map<string, DescribedRecords>> {
  const { param, phase, level, stages, folder } = request;
  const given = flags.shape && parseShape(flags.shape);
  const found = new Map<string, DescribedRecords>();
  for (const layer of filterNet(param, { phase, level, stages }).layer ?? []) {
    if (!findLayerType(layer).fed) continue;
    const records = given ? described(layer, given) : await recordsOfSource(layer, folder);
    if (records instanceof SiameseError) {
      const guess = guessShape(layer);
      if (!guess) throw withHelp(records, layer);
      const source = layer.data_param?.source ?? layer.image_data_param?.source ?? layer.window_data_param?.source;
      terminal.talk(`note: ${source || 'the data'} is not here; taking records of ${guess.join(' x ')}`);
      found.set(layer.name ?? '', described(layer, guess));
    } else found.set(layer.name ?? '', records);
  }
  return found;
}

/** The first dataset has rows of this shape, axes of 1 behind it left out, as a vector's are; the others are labels. */
function described({ hdf5_data_param, top = [] }: LayerParameter, shape: RecordShape): DescribedRecords {
  const row = shape.slice(0, shape.findLastIndex((dim) => dim !== 1) + 1);
  return { shape, parts: hdf5_data_param && top.map((_, i) => (i === 0 ? row : [])) };
}

async function recordsOfSource(layer: LayerParameter, folder = '.'): Promise<DescribedRecords | SiameseError> {
  try {
    const source = await openLayerSource(layer, folder);
    const { channels, height, width, parts } = source.info;
    await source.close();
    return { shape: [channels, height, width], parts };
  } catch (error) {
    if (error instanceof SiameseError) return error;
    throw error;
  }
}

/** A new size or a crop says height and width; the channels are those of the means, or of a colour image. */
function guessShape(layer: LayerParameter): RecordShape | undefined {
  const { transform_param: transform, image_data_param: list, data_param: data } = layer;
  const means = transform?.mean_value?.length ?? 0;
  const channels = transform?.force_gray || list?.is_color === false ? 1 : means > 1 ? means : 3;
  const { new_height: height, new_width: width } = list ?? data ?? {};
  if (height && width) return [channels, height, width];
  const crop = transform?.crop_size;
  return crop ? [channels, crop, crop] : undefined;
}

function withHelp(error: SiameseError, layer: LayerParameter): SiameseError {
  return new SiameseError(error.code, error.message, {
    at: error.at ?? positionOf(layer),
    layer: layer.name,
    help: 'without its data, give the size of a record: --shape CHANNELS,HEIGHT,WIDTH',
    cause: error,
  });
}

/** --shape 3,227,227 */
export function parseShape(words: readonly string[]): RecordShape {
  const dims = words.map(Number);
  if (dims.length === 3 && dims.every((dim) => Number.isInteger(dim) && dim >= 1)) return dims as RecordShape;
  throw usageError(
    `--shape ${words.join(',')} is no size of a record`,
    '--shape CHANNELS,HEIGHT,WIDTH, as in 3,227,227',
  );
}

/** A net's name for people: its own, or its file's. */
export function nameOf({ request, net }: DescribedNet): string {
  return net.name || path.basename(request.from.replace(/^.*: /, ''), '.prototxt');
}
