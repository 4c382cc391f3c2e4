/** Where in a prototxt each message and field stood, kept beside the plain objects rather than in them. */
import type { Position } from '../errors.js';

/** Where one message and its fields stood; `index` picks an item of a list. */
export interface MessagePositions {
  readonly at: Position;
  field(name: string, index: number): Position | undefined;
}

const known = new WeakMap<object, MessagePositions>();

/** Remembers where a message and its fields stood. */
export function setPositions(message: object, positions: MessagePositions): void {
  known.set(message, positions);
}

/**
 * The position of a field of `message`, e.g. 'convolution_param.num_output' or 'bottom[1]'; without a path that of
 * the message itself. A field that is not in the file gives the nearest enclosing place that is.
 */
export function positionOf(message: object, path?: string): Position | undefined {
  const positions = known.get(message);
  if (!path) return positions?.at;
  const [step, ...rest] = path.split('.');
  const [, name, index] = /^([^[]*)(?:\[(\d+)\])?$/.exec(step!) ?? [];
  const value = name === undefined ? undefined : (message as Record<string, unknown>)[name];
  const item =
    index !== undefined || Array.isArray(value) ? (value as unknown[] | undefined)?.[Number(index ?? 0)] : value;
  if (rest.length && typeof item === 'object' && item !== null) {
    const inner = positionOf(item, rest.join('.'));
    if (inner) return inner;
  }
  return (name === undefined ? undefined : positions?.field(name, Number(index ?? 0))) ?? positions?.at;
}

/** For passes that copy a message: the copy stands where the original stood. */
export function copyPositions(from: object, to: object): void {
  const positions = known.get(from);
  if (positions) known.set(to, positions);
}
