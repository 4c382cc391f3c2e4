/** A smaller blob spread over axes of a larger one, as Bias and Scale do: bottom 1, or a learned parameter. */
import { canonicalAxis, count, sameShape, showShape } from './axis.js';
import type { LayerContext, Layout } from './layer.js';

export interface Spread {
  shape: number[];
  /** Neighbouring elements of the larger blob that share one of the smaller. */
  inner: number;
  layout: Layout;
}

/** `options`: the message's name; `axis` and `num_axes`, its fields, filled. num_axes counts for a learned blob only. */
export function spread(context: LayerContext, options: string, axis: number, num_axes: number): Spread {
  const large = context.bottoms[0]!;
  const small = context.bottoms[1];
  // A scalar has no axis to begin at.
  const start = small?.shape.length === 0 ? 0 : canonicalAxis(context, axis, large.shape, `${options}.axis`);
  const axes = small ? small.shape.length : num_axes === -1 ? large.shape.length - start : num_axes;
  const field = small ? 'bottom[1]' : `${options}.num_axes`;
  if (axes < 0 || start + axes > large.shape.length) {
    context.fail(`${axes} axes from axis ${start} on reach beyond blob "${large.name}" (${showShape(large.shape)})`, {
      field,
    });
  }
  const shape = large.shape.slice(start, start + axes);
  if (small && !sameShape(small.shape, shape)) {
    context.fail(
      `blob "${small.name}" is ${showShape(small.shape)}, but the axes of "${large.name}" (${showShape(large.shape)}) ` +
        `from axis ${start} on are ${showShape(shape)}`,
      { field },
    );
  }
  return { shape, inner: count(large.shape, start + axes), layout: { split: start === 0 && axes > 0 ? 0 : 1 } };
}
