/** Old and MyCaffe's ways to write a net or a solver, put into the current one. Pure: the argument stays as it is. */
import { nearest, SiameseError } from '../errors.js';
import type {
  BlobShape,
  LayerParameter,
  NetParameter,
  ParamSpec,
  SolverParameter,
  V1LayerParameter,
} from './messages.js';
import { copyPositions, positionOf } from './positions.js';
import { upgradeV0 } from './upgrade-v0.js';

type Plain = Record<string, unknown>;
type Warn = (warning: SiameseError) => void;

/** Type names that are not their enum name with words capitalised. */
const ODD_TYPES: Readonly<Record<string, string>> = {
  ABSVAL: 'AbsVal',
  ARGMAX: 'ArgMax',
  BNLL: 'BNLL',
  HDF5_DATA: 'HDF5Data',
  HDF5_OUTPUT: 'HDF5Output',
  IM2COL: 'Im2col',
  LRN: 'LRN',
  MVN: 'MVN',
  RELU: 'ReLU',
  SOFTMAX_LOSS: 'SoftmaxWithLoss',
  TANH: 'TanH',
  NONE: '',
};

const SOLVER_TYPES = ['SGD', 'Nesterov', 'AdaGrad', 'RMSProp', 'AdaDelta', 'Adam', 'AdamW'];
const MOVED_TO_TRANSFORM = ['scale', 'mean_file', 'crop_size', 'mirror'] as const;
const TRANSFORMED = { DATA: 'data_param', IMAGE_DATA: 'image_data_param', WINDOW_DATA: 'window_data_param' } as const;

/** V0 and V1 layers, input fields, old transform fields, and `slice_dim` beside an equal `axis`. */
export function upgradeNet(net: NetParameter): { message: NetParameter; warnings: SiameseError[] } {
  const warnings: SiameseError[] = [];
  const warn: Warn = (warning) => warnings.push(warning);
  const { layers, input, input_shape, input_dim, ...rest } = net;
  const message: NetParameter = rest;
  copyPositions(net, message);
  if (layers?.length) {
    if (net.layer?.length) {
      const help = "write each of them as 'layer'";
      throw new SiameseError('input', "a net has either 'layer' or the old 'layers'", {
        at: positionOf(net, 'layers'),
        help,
      });
    }
    message.layer = upgradeV0(net, warn).map(moveTransform).map(upgradeV1);
  }
  if (input?.length) message.layer = [inputLayer(net), ...(message.layer ?? [])];
  if (message.layer) message.layer = message.layer.map((layer) => mendLayer(layer, warn));
  return { message, warnings };
}

/** `solver_type`, type names in other capitals, and the nets that the solver holds itself. */
export function upgradeSolver(solver: SolverParameter): { message: SolverParameter; warnings: SiameseError[] } {
  const warnings: SiameseError[] = [];
  const { solver_type, ...message } = solver;
  copyPositions(solver, message);
  if (solver_type !== undefined) {
    if (solver.type !== undefined) {
      const at = positionOf(solver, 'solver_type');
      throw new SiameseError('input', "'type' and the old 'solver_type' are both given", { at, help: "keep 'type'" });
    }
    message.type = solverType(solver_type);
  } else if (solver.type !== undefined) message.type = solverType(solver.type, solver);
  const upgraded = (net: NetParameter): NetParameter => {
    const result = upgradeNet(net);
    warnings.push(...result.warnings);
    return result.message;
  };
  if (message.net_param) message.net_param = upgraded(message.net_param);
  if (message.train_net_param) message.train_net_param = upgraded(message.train_net_param);
  if (message.test_net_param) message.test_net_param = message.test_net_param.map(upgraded);
  return { message, warnings };
}

function solverType(name: string, solver?: SolverParameter): string {
  const found = SOLVER_TYPES.find((type) => type.toLowerCase() === name.toLowerCase());
  if (found) return found;
  const near = nearest(name, SOLVER_TYPES);
  const help = near ? `did you mean '${near}'?` : `there are ${SOLVER_TYPES.join(', ')}`;
  const at = solver && positionOf(solver, 'type');
  throw new SiameseError('input', `there is no solver type '${name}'`, { at, help });
}

/** The string of a V1 type: CONTRASTIVE_LOSS is ContrastiveLoss. */
export function upgradeV1Type(type: NonNullable<V1LayerParameter['type']>): string {
  return ODD_TYPES[type] ?? type.toLowerCase().replace(/(?:^|_)(.)/g, (_all, letter: string) => letter.toUpperCase());
}

function upgradeV1(v1: V1LayerParameter): LayerParameter {
  const out: LayerParameter = {};
  copyPositions(v1, out);
  const { type, param, blob_share_mode, blobs_lr, weight_decay, layer: _v0, ...same } = v1;
  if (v1.name !== undefined) out.name = v1.name;
  if (type !== undefined) out.type = upgradeV1Type(type);
  Object.assign(out, same);
  const count = Math.max(...[param, blob_share_mode, blobs_lr, weight_decay].map((list) => list?.length ?? 0));
  if (count > 0) {
    out.param = Array.from({ length: count }, (_, i) => {
      const spec: ParamSpec = {};
      if (param?.[i] !== undefined) spec.name = param[i];
      if (blob_share_mode?.[i] !== undefined) spec.share_mode = blob_share_mode[i];
      if (blobs_lr?.[i] !== undefined) spec.lr_mult = blobs_lr[i];
      if (weight_decay?.[i] !== undefined) spec.decay_mult = weight_decay[i];
      return spec;
    });
  }
  return out;
}

/** Scale, mean, crop and mirror stood with the source before there was transform_param. */
function moveTransform(layer: V1LayerParameter): V1LayerParameter {
  const home = TRANSFORMED[layer.type as keyof typeof TRANSFORMED];
  const settings = home && (layer[home] as Plain | undefined);
  if (!settings || !MOVED_TO_TRANSFORM.some((name) => settings[name] !== undefined)) return layer;
  const left = { ...settings };
  const transform = { ...layer.transform_param } as Plain;
  for (const name of MOVED_TO_TRANSFORM) {
    if (settings[name] === undefined) continue;
    transform[name] = settings[name];
    delete left[name];
  }
  copyPositions(settings, left);
  const out = { ...layer, [home]: left, transform_param: transform };
  copyPositions(layer, out);
  return out;
}

function inputLayer(net: NetParameter): LayerParameter {
  const { input = [], input_shape = [], input_dim = [] } = net;
  const given = input_shape.length ? input_shape.length : input_dim.length / 4;
  if (given !== input.length) {
    const field = input_shape.length ? 'input_shape' : 'input_dim';
    const message = input_shape.length
      ? `${input.length} 'input' need as many 'input_shape', not ${given}`
      : `${input.length} 'input' need 4 'input_dim' each, ${input.length * 4} in all, not ${input_dim.length}`;
    throw new SiameseError('input', message, {
      at: positionOf(net, input_shape.length + input_dim.length ? field : 'input'),
    });
  }
  const shape: BlobShape[] = input_shape.length
    ? input_shape
    : input.map((_, i) => ({ dim: input_dim.slice(4 * i, 4 * i + 4) }));
  const layer: LayerParameter = { name: 'input', type: 'Input', top: [...input], input_param: { shape } };
  copyPositions(net, layer);
  return layer;
}

/** What may be odd in a current layer. */
function mendLayer(layer: LayerParameter, warn: Warn): LayerParameter {
  let out = sameAxis(layer, 'slice_param', 'slice_dim');
  out = sameAxis(out, 'concat_param', 'concat_dim');
  if (out.type === 'BatchNorm' && out.param?.length === 3) {
    // The three statistics of BatchNorm are never learned; old files may say otherwise.
    out = copied(out, { param: out.param.map((spec) => ({ ...spec, lr_mult: 0, decay_mult: 0 })) });
  }
  for (const home of Object.values(TRANSFORMED)) {
    const settings = out[home] as Plain | undefined;
    for (const name of MOVED_TO_TRANSFORM) {
      if (settings?.[name] === undefined || home === 'window_data_param') continue;
      const at = positionOf(out, `${home}.${name}`);
      warn(
        new SiameseError('input', `'${name}' in ${home} has no effect`, {
          at,
          layer: out.name,
          help: 'put it in transform_param',
        }),
      );
    }
  }
  return out;
}

/** MyCaffe writes `axis` and its old name together; Caffe aborts. Fine when they agree. */
function sameAxis(layer: LayerParameter, home: 'slice_param' | 'concat_param', old: string): LayerParameter {
  const settings = layer[home] as Plain | undefined;
  if (settings?.axis === undefined || settings[old] === undefined) return layer;
  if (settings.axis !== settings[old]) {
    const message = `'axis' is ${settings.axis} and its old name '${old}' is ${settings[old]}`;
    throw new SiameseError('input', message, {
      at: positionOf(layer, `${home}.${old}`),
      layer: layer.name,
      help: 'keep axis',
    });
  }
  const { [old]: _same, ...rest } = settings;
  copyPositions(settings, rest);
  return copied(layer, { [home]: rest });
}

function copied(layer: LayerParameter, changes: Partial<LayerParameter>): LayerParameter {
  const out = { ...layer, ...changes };
  copyPositions(layer, out);
  return out;
}
