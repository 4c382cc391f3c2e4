/** The two nearest classes of each encoding, by nearest mean or by nearest neighbours; the loops are native. */
import { native } from '../engine/native.js';
import type { ClassColumns } from './class-columns.js';

/** Two a row, the nearest class and the nearest of another label: number (-1: there is none) and distance. */
export interface FoundClasses {
  indices: Int32Array;
  distances: Float32Array;
}

export interface ClassSearch {
  nearest(encodings: Float32Array): FoundClasses;
  /** Distance of each encoding to each class, row by row. */
  all(encodings: Float32Array): Float32Array;
}

/** Numbers of the targets that are read at once: 256 KB. */
export const BLOCK = 1 << 16;

/** By Euclidean distance to the means. */
export class CentroidSearch implements ClassSearch {
  constructor(
    private readonly parts: readonly ClassColumns[],
    private readonly dimension: number,
  ) {}

  nearest(encodings: Float32Array): FoundClasses {
    const { dimension } = this;
    const { distances: squared, indices, labels } = nothingYet(encodings.length / dimension);
    const step = Math.max(1, Math.floor(BLOCK / dimension));
    let first = 0;
    for (const part of this.parts) {
      for (let from = 0; from < part.count; from += step) {
        const to = Math.min(part.count, from + step);
        const means = part.means.read(from * dimension, to * dimension);
        const own = part.labels.read(from, to);
        native().nearestTwo(encodings, means, own, dimension, first + from, squared, indices, labels);
      }
      first += part.count;
    }
    return { indices, distances: squared.map(Math.sqrt) };
  }

  all(encodings: Float32Array): Float32Array {
    const rows = encodings.length / this.dimension;
    const width = countOf(this.parts);
    const out = new Float32Array(rows * width);
    let first = 0;
    for (const { means, count } of this.parts) {
      const squared = new Float32Array(rows * count);
      native().squaredDistances(encodings, means.all(), this.dimension, squared);
      for (let row = 0; row < rows; row++) {
        for (let i = 0; i < count; i++) out[row * width + first + i] = Math.sqrt(squared[row * count + i]!);
      }
      first += count;
    }
    return out;
  }
}

/** What is found before anything is looked at. */
export function nothingYet(rows: number): FoundClasses & { labels: Int32Array } {
  return {
    distances: new Float32Array(2 * rows).fill(Number.POSITIVE_INFINITY),
    indices: new Int32Array(2 * rows).fill(-1),
    labels: new Int32Array(rows),
  };
}

export function countOf(parts: readonly ClassColumns[]): number {
  return parts.reduce((sum, { count }) => sum + count, 0);
}
