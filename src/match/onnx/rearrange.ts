/** Layers that put values elsewhere and leave them as they are, as ONNX nodes. */
import type { OnnxBuilder } from './graph.js';
import type { ImageAxis, LayerToOnnx } from './layer.js';

/** To a shape of one image, for any number of them along `axis`. */
export function reshape(
  builder: OnnxBuilder,
  value: string,
  shape: readonly number[],
  axis: ImageAxis,
  name?: string,
): string {
  const dims = shape.map((dim, d) => (d === axis ? -1 : dim));
  return builder.node('Reshape', [value, builder.integers(`${name ?? value}_shape`, dims)], {}, name);
}

export const reshaped: LayerToOnnx = ({ builder, bottoms, tops, shapes, imageAxes }) => [
  reshape(builder, bottoms[0]!, shapes.tops[0]!, imageAxes.tops[0], tops[0]!),
];

export const slice: LayerToOnnx = ({ builder, bottoms, tops, shapes, imageAxes, fail }) => {
  const axis = differingAxis([...shapes.tops, shapes.bottoms[0]!]);
  if (tops.length === 1) return [bottoms[0]!];
  if (axis === imageAxes.bottoms[0]) fail('the batch cannot be sliced', 'slice_param.axis');
  const lengths = builder.integers(
    `${tops[0]}_lengths`,
    shapes.tops.map((shape) => shape[axis]!),
  );
  return builder.nodeOf('Split', [bottoms[0]!, lengths], { axis }, tops);
};

export const concat: LayerToOnnx = ({ builder, bottoms, tops, shapes, imageAxes, fail }) => {
  if (bottoms.length === 1) return [bottoms[0]!];
  const axis = differingAxis([...shapes.bottoms, shapes.tops[0]!]);
  if (axis === imageAxes.tops[0]) fail('the batch cannot grow', 'concat_param.axis');
  return [builder.node('Concat', bottoms, { axis }, tops[0])];
};

function differingAxis(shapes: readonly (readonly number[])[]): number {
  const [first] = shapes as [readonly number[]];
  return Math.max(
    0,
    first.findIndex((dim, d) => shapes.some((shape) => shape[d] !== dim)),
  );
}

export const crop: LayerToOnnx = ({ builder, bottoms, tops, layer, shapes, imageAxes, fail }) => {
  const offsets = layer.setup.attributes.offsets as number[];
  const [from, to] = [shapes.bottoms[0]!, shapes.tops[0]!];
  const first = from.length - offsets.length;
  const images = imageAxes.bottoms[0];
  if (images !== undefined && images >= first && (offsets[images - first] !== 0 || imageAxes.tops[0] !== images)) {
    fail('the batch cannot be cropped', 'crop_param.axis');
  }
  const axes = to.flatMap((dim, axis) => (axis !== images && dim !== from[axis] ? [axis] : []));
  if (axes.length === 0) return [bottoms[0]!];
  const starts = axes.map((axis) => offsets[axis - first]!);
  const name = tops[0]!;
  const inputs = [
    builder.integers(`${name}_starts`, starts),
    builder.integers(
      `${name}_ends`,
      axes.map((axis, i) => starts[i]! + to[axis]!),
    ),
    builder.integers(`${name}_axes`, axes),
  ];
  return [builder.node('Slice', [bottoms[0]!, ...inputs], {}, name)];
};

export const tile: LayerToOnnx = ({ builder, bottoms, tops, shapes, imageAxes, fail }) => {
  const repeats = shapes.tops[0]!.map((dim, axis) => dim / shapes.bottoms[0]![axis]!);
  const images = imageAxes.bottoms[0];
  if (images !== undefined && repeats[images] !== 1) fail('the batch cannot be tiled', 'tile_param.axis');
  return [builder.node('Tile', [bottoms[0]!, builder.integers(`${tops[0]}_repeats`, repeats)], {}, tops[0])];
};
