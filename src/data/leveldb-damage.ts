/** How damage to a LevelDB is told, and how its checksums are stored. */
import { SiameseError } from '../errors.js';

/** Checksums are stored rotated and shifted, as LevelDB explains in its format description. */
export function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

export function truncated(name: string): SiameseError {
  return new SiameseError('data', `${name} is truncated`, { help: 'copy or create the database again' });
}

export function corrupt(name: string, at: number): SiameseError {
  return new SiameseError('data', `${name} is corrupt near byte ${at}`, { help: 'copy or create the database again' });
}
