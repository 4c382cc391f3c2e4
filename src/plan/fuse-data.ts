/** Lets a Data layer write the towers' stacked batch itself: without it each image of a pair is copied twice on its way. */
import type { Draft, DraftBlob, DraftLayer } from './draft.js';

/**
 * Draft in which a Data layer with several images per item, the Slice that parts them and the Stack that puts them one
 * behind the other are the Data layer alone, wherever nobody else asks for what lies between. For plans in Caffe's order.
 * `visible` tells which names must stay readable.
 */
export function fuseData(draft: Draft, visible: (name: string) => boolean): Draft {
  const seen = new Set(draft.names.flatMap(({ name, blob }) => (visible(name) ? [blob] : [])));
  return draft.layers.filter(({ type }) => type === 'Data').reduce((now, data) => fuseOne(now, data, seen), draft);
}

function fuseOne(draft: Draft, data: DraftLayer, seen: ReadonlySet<number>): Draft {
  const pair = data.tops[0]!;
  const slice = onlyReader(draft, pair);
  const images = Number(data.setup.attributes.images_per_blob ?? 1);
  if (slice?.type !== 'Slice' || seen.has(pair) || !partsImages(draft, slice, pair, images)) return draft;
  const stack = onlyReader(draft, slice.tops[0]!);
  const alone = slice.tops.every((top) => onlyReader(draft, top) === stack);
  if (stack?.type !== 'Stack' || !alone || stack.bottoms.join() !== slice.tops.join() || stack.backward) return draft;

  const stacked = stack.tops[0]!;
  const shape = draft.blobs[stacked]!.shape;
  const fused: DraftLayer = {
    ...data,
    tops: [stacked, ...data.tops.slice(1)],
    setup: {
      ...data.setup,
      tops: [[...shape], ...data.setup.tops.slice(1)],
      attributes: { ...data.setup.attributes, stacked: true },
    },
    fused: [...(data.fused ?? []), slice.name],
  };
  const items = shape[0]! / images;
  return {
    blobs: draft.blobs,
    layers: draft.layers.flatMap((layer) => (layer === data ? fused : layer === slice || layer === stack ? [] : layer)),
    names: draft.names.map((name) => {
      const part = slice.tops.indexOf(name.blob);
      return part < 0 ? name : { name: name.name, blob: stacked, start: part * items, length: items };
    }),
  };
}

/** The layer that alone reads a blob, and does not change it in place. */
function onlyReader({ layers }: Draft, blob: number): DraftLayer | undefined {
  const readers = layers.filter(({ bottoms }) => bottoms.includes(blob));
  const [reader] = readers;
  return readers.length === 1 && !reader!.tops.includes(blob) ? reader : undefined;
}

/** One top for each image, in order. */
function partsImages({ blobs }: Draft, slice: DraftLayer, pair: number, images: number): boolean {
  const shapeOf = (blob: number) => (blobs[blob] as DraftBlob).shape;
  const channels = shapeOf(pair)[1]! / images;
  return (
    images > 1 &&
    slice.tops.length === images &&
    slice.tops.every((top) => isImage(shapeOf(top), shapeOf(pair), channels))
  );
}

function isImage(shape: readonly number[], pair: readonly number[], channels: number): boolean {
  return shape.length === 4 && shape.every((dim, axis) => dim === (axis === 1 ? channels : pair[axis]));
}
