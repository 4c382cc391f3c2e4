/** What goes wrong with a layer's records, told with the layer and the place in its prototxt that names them. */
import { SiameseError } from '../errors.js';
import { findLayerType } from '../layers/index.js';
import type { LayerParameter } from '../proto/messages.js';
import { positionOf } from '../proto/positions.js';

/** From the error of a source, or of the file system; any other is a defect, and comes back as it is. */
export function sourceError(layer: LayerParameter, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  const options = findLayerType(layer).options!;
  const { source } = (layer as Record<string, { source?: string } | undefined>)[options] ?? {};
  const known = error instanceof SiameseError ? error : undefined;
  const what = code === 'ENOENT' ? `there is no file ${source}` : message;
  return new SiameseError(known?.code ?? 'data', `layer "${layer.name}" (${layer.type}): ${what}`, {
    layer: layer.name,
    at: known?.at ?? positionOf(layer, `${options}.source`),
    help: known?.help,
    cause: error,
  });
}
