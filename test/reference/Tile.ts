/** The bottom, several times along an axis. */
import { around, fill, type Reference } from './reference';

export const Tile = (tiles: number, axis = 1): Reference => ({
  forward: ([x]) => {
    const { channels, inner } = around(x!.shape, axis);
    const block = channels * inner;
    const shape = x!.shape.map((dim, a) => (a === axis ? dim * tiles : dim));
    return [fill(shape, (k) => x!.data[Math.floor(k / (block * tiles)) * block + (k % block)]!)];
  },
});
