/** The setup that all layers of one bottom and one top of the same shape, computed element by element, have in common. */
import type { LayerContext, LayerSetup } from './layer.js';

/** `reads`: whose data the gradient is computed from. One that needs the bottom cannot be trained in place. */
export function elementwise(
  context: LayerContext,
  attributes: LayerSetup['attributes'],
  reads: 'bottom' | 'top' | 'nothing',
): LayerSetup {
  const [bottom, top] = [context.bottoms[0]!, context.tops[0]!];
  if (reads === 'bottom' && context.phase === 'TRAIN' && bottom.name === top.name) {
    context.fail(`its gradient needs "${bottom.name}" as it was, so it cannot work in place while training`, {
      field: 'top[0]',
      help: 'give the top a name of its own',
    });
  }
  return {
    tops: [[...bottom.shape]],
    params: [],
    attributes,
    layout: 'any',
    backwardReads: { bottoms: reads === 'bottom' ? [0] : [], tops: reads === 'top' ? [0] : [] },
  };
}
