/** Words what is wrong with a layer: its name, its type and the place in the prototxt. */
import { SiameseError } from '../errors.js';
import type { LayerParameter } from '../proto/messages.js';
import { positionOf } from '../proto/positions.js';

export interface LayerErrorDetails {
  /** Path of the field at fault, such as 'bottom[1]' or 'pooling_param.kernel_size'. */
  field?: string | undefined;
  help?: string | undefined;
}

export function layerError(layer: LayerParameter, message: string, details: LayerErrorDetails = {}): SiameseError {
  const type = layer.type ? ` (${layer.type})` : '';
  return new SiameseError('input', `layer "${layer.name ?? ''}"${type}: ${message}`, {
    at: positionOf(layer, details.field),
    layer: layer.name,
    help: details.help,
  });
}

/** Throws the first of the errors that one pass found, with the others attached; returns when there are none. */
export function throwAll(errors: readonly SiameseError[]): void {
  const [first, ...others] = errors;
  if (!first) return;
  if (others.length === 0) throw first;
  throw new SiameseError(first.code, first.message, { at: first.at, layer: first.layer, help: first.help }, others);
}
