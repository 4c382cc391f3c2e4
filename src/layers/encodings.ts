/** What the losses over encodings ask of their bottoms. */
import { count, showShape } from './axis.js';
import type { LayerContext } from './layer.js';

/** Fails unless bottom `index` holds one encoding per item: (N, C) or (N, C, 1, 1). */
export function requireEncodings(context: LayerContext, index = 0): void {
  const { name, shape } = context.bottoms[index]!;
  if (shape.length >= 2 && shape.length <= 4 && count(shape, 2) === 1) return;
  context.fail(`blob "${name}" is ${showShape(shape)}, but an encoding must be N x C or N x C x 1 x 1`, {
    field: `bottom[${index}]`,
    help: 'end the tower with an InnerProduct or a Flatten layer',
  });
}

/** Fails unless bottom `index` holds one class label for each item of bottom 0. */
export function requireClassLabels(context: LayerContext, index = 1): void {
  const [encodings, labels] = [context.bottoms[0]!, context.bottoms[index]!];
  const items = encodings.shape[0]!;
  if (labels.shape[0] === items && count(labels.shape) === items) return;
  const pairs = labels.shape[0] === items && labels.shape[1] === 2;
  context.fail(
    `blob "${labels.name}" is ${showShape(labels.shape)}, but the class labels of ${items} encodings must be ${items}`,
    {
      field: `bottom[${index}]`,
      ...(pairs && {
        help: 'this loss takes single images: images_per_blob: 1 and images_per_class in the Data layer',
      }),
    },
  );
}
