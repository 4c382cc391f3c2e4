/** Pass 4: blobs behind a Filter, which have fewer items than their shape says, and whether layers there can follow. */
import { SiameseError } from '../errors.js';
import type { LayerSetup, LayerType } from '../layers/layer.js';
import type { LayerParameter } from '../proto/messages.js';
import { layerError } from './layer-error.js';
import { type Shaped, type Surroundings, setUp } from './shapes.js';

/**
 * By blob, the number of the layer that says how many items there are, undefined where the shape does. Filters with one
 * selector let the same items through, and count as the first of them. A layer follows if it makes of fewer items the same
 * with fewer items, or something of the same size: held against its own setup.
 */
export function followItems(
  layers: readonly LayerParameter[],
  types: readonly LayerType[],
  { layers: shaped, blobs }: Shaped,
  around: Surroundings,
): (number | undefined)[] {
  const items: (number | undefined)[] = blobs.map(() => undefined);
  if (!shaped.some(({ setup }) => setup.selector !== undefined)) return items;
  const contents = new Contents();
  const counters = new Map<number, number>();
  shaped.forEach(({ setup, bottoms, tops }, l) => {
    const followed = [...new Set(bottoms.flatMap((b) => items[b] ?? []))];
    const behind = followed.map((counter) => follow(counter));
    contents.pass(types[l]!.type, bottoms, tops);
    if (setup.selector !== undefined) {
      const selector = contents.of(bottoms[setup.selector]!);
      if (!counters.has(selector)) counters.set(selector, l);
      for (const top of tops) items[top] = counters.get(selector)!;
      return;
    }
    tops.forEach((top, t) => {
      const of = followed.filter((_, i) => behind[i]![t]);
      if (of.length > 1) {
        throw cannotFollow(l, 'two of its bottoms came through Filter layers with different selectors');
      }
      items[top] = of[0];
    });

    /** Which tops have as many items as the bottoms of that counter. */
    function follow(counter: number): boolean[] {
      const most = blobs[bottoms.find((b) => items[b] === counter)!]!.shape[0]!;
      const fewer = most > 1 ? most - 1 : most + 1;
      const given = bottoms.map((b) => ({
        name: blobs[b]!.name,
        shape: items[b] === counter ? [fewer, ...blobs[b]!.shape.slice(1)] : blobs[b]!.shape,
      }));
      const names = tops.map((top) => blobs[top]!.name);
      let other: LayerSetup;
      try {
        other = setUp(layers[l]!, types[l]!, given, names, { ...around, warn: undefined });
      } catch (error) {
        if (!(error instanceof SiameseError)) throw error;
        throw cannotFollow(l, `with ${fewer} items instead of ${most}: ${error.message}`);
      }
      if (fixedParts(other) !== fixedParts(setup)) throw cannotFollow(l, 'it is made for one number of items');
      return other.tops.map((shape, t) => {
        const full = setup.tops[t]!;
        if (shape.join() === full.join()) return false;
        if ([fewer, ...full.slice(1)].join() === shape.join() && full[0] === most) return true;
        throw cannotFollow(
          l,
          `its top "${names[t]}" would be ${full.join(' x ')} for ${most} items, but ${shape.join(' x ')} for ${fewer}`,
        );
      });
    }
  });
  return items;

  function cannotFollow(l: number, why: string): SiameseError {
    return layerError(layers[l]!, `cannot follow a Filter, whose number of items changes from pass to pass: ${why}`, {
      help: 'layers behind a Filter must work item by item; filter every blob that they read by the same selector',
    });
  }
}

/** What must not depend on the number of items, for the plan is made once. */
function fixedParts({ params, attributes, layout, views, nativeType }: LayerSetup): string {
  return JSON.stringify([params.map(({ shape }) => shape), attributes, layout, views, nativeType]);
}

/** Tells blobs of the same content apart from others: a Split's tops are its bottom; an in-place layer makes a new one. */
class Contents {
  private readonly known = new Map<number, number>();
  private made = 0;

  of(blob: number): number {
    return this.known.get(blob)!;
  }

  pass(type: string, bottoms: readonly number[], tops: readonly number[]): void {
    for (const top of tops) this.known.set(top, type === 'Split' ? this.of(bottoms[0]!) : this.made++);
  }
}
