/** Layers that deal in numbers of classes, as ONNX nodes: ArgMax and Embed. */
import type { LayerToOnnx } from './layer.js';

/** ONNX's element types. */
const FLOAT = 1;
const INT64 = 7;

/** TopK takes the smaller index of equal values, Caffe the larger: so the values go in backwards. */
export const argMax: LayerToOnnx = ({ builder, bottoms, tops, layer, shapes, fail }) => {
  const {
    channels,
    top_k: k,
    by_axis,
    values,
  } = layer.setup.attributes as {
    channels: number;
    top_k: number;
    by_axis: boolean;
    values: boolean;
  };
  const [name, top] = [tops[0]!, shapes.tops[0]!];
  const { layout } = layer.setup;
  const axis = by_axis && layout !== 'any' ? layout.split : 1;
  if (axis === 0) fail('the largest of a batch cannot be exported', 'argmax_param.axis');
  const reshaped = (value: string, dims: readonly number[], to?: string) =>
    builder.node('Reshape', [value, builder.integers(`${name}_shape`, [-1, ...dims])], {}, to);
  const scores = by_axis ? bottoms[0]! : reshaped(bottoms[0]!, [channels]);
  const backwards = builder.integers(
    `${name}_backwards`,
    Array.from({ length: channels }, (_, i) => channels - 1 - i),
  );
  const turned = builder.node('Gather', [scores, backwards], { axis });
  const [largest, places] = builder.nodeOf(
    'TopK',
    [turned, builder.integers(`${name}_k`, [k])],
    { axis, largest: 1, sorted: 1 },
    [`${name}_values`, `${name}_places`],
  );
  const index = () => {
    const numbers = builder.node('Cast', [places!], { to: FLOAT });
    return builder.node('Sub', [builder.scalar('last', channels - 1), numbers]);
  };
  if (by_axis) return [values ? largest! : index()];
  const rest = top.slice(2);
  const indices = reshaped(index(), [1, ...rest], values ? undefined : name);
  if (!values) return [indices];
  return [builder.node('Concat', [indices, reshaped(largest!, [1, ...rest])], { axis: 1 }, name)];
};

export const embed: LayerToOnnx = ({ builder, bottoms, tops, layer, param }) => {
  const rows = builder.node('Cast', [bottoms[0]!], { to: INT64 });
  const biased = layer.params.length > 1;
  const vectors = builder.node('Gather', [param(0), rows], { axis: 0 }, biased ? undefined : tops[0]);
  return [biased ? builder.node('Add', [vectors, param(1)], {}, tops[0]) : vectors];
};
