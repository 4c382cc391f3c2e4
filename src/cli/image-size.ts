/** --size HEIGHTxWIDTH */
import { usageError } from './call.js';

export function sizeOf(text: string | undefined): { height: number; width: number } | undefined {
  if (text === undefined) return undefined;
  const [, height, width] = /^(\d+)[x,](\d+)$/i.exec(text) ?? [];
  if (Number(height) >= 1 && Number(width) >= 1) return { height: Number(height), width: Number(width) };
  throw usageError(`--size ${text} is no size`, '--size HEIGHTxWIDTH, as in --size 64x64');
}
