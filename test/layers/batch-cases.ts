/** What every loss over all pairs of a batch must do, whichever it is. */

import { testErrors } from './errors';
import { runLayer } from './harness';
import type { Random } from './reference-cases';

/** Encodings uniform in [-2, 2), labels of some classes. */
export const labelled =
  (classes: number, bottom = 1) =>
  (b: number, random: Random) =>
    b === bottom ? Math.floor(random() * classes) : random() * 4 - 2;

export function testBatchErrors(type: string, options = ''): void {
  testErrors(type, [
    { name: 'images', options, shapes: [[4, 2, 3, 3], [4]], message: /"bottom0" is 4 x 2 x 3 x 3/, at: '"bottom0"' },
    {
      name: 'the labels of pairs',
      options,
      shapes: [
        [4, 2],
        [4, 2],
      ],
      message: /"bottom1" is 4 x 2, but the class labels of 4 encodings must be 4/,
      at: '"bottom1"',
    },
    { name: 'too few labels', options, shapes: [[4, 2], [3]], message: /"bottom1" is 3/, at: '"bottom1"' },
  ]);
}

/** A batch in which nothing can be learned: its loss is a plain 0 without gradient, not 0 / 0. */
export function testNothingToLearn(type: string, options: string, labels: number[]): void {
  it('costs nothing, and moves nothing, where no item has another of its class', async () => {
    const data = labels.flatMap((_, i) => [Math.sin(i + 1), Math.cos(3 * i)]);
    const run = await runLayer({
      layer: `type: "${type}" ${options}`,
      bottoms: [
        { shape: [labels.length, 2], data },
        { shape: [labels.length], data: labels },
      ],
      topDiffs: [undefined],
    });
    expect(run.loss).toBe(0);
    expect([...run.bottomDiffs[0]!].every((x) => x === 0)).toBe(true);
  });
}
