/** A warning about a layer's data, with the place in its prototxt. */
import { SiameseError } from '../errors.js';
import { positionOf } from '../proto/positions.js';
import type { FeedOptions } from './feed.js';

export function warnAt({ layer, warn }: FeedOptions, field: string, message: string): void {
  const details = { layer: layer.name, at: positionOf(layer, field) };
  warn?.(new SiameseError('data', `layer "${layer.name}" (${layer.type}): ${message}`, details));
}
