/** An ONNX graph under construction: values by name, nodes in order, constants as initializers. */
import type { OnnxAttribute, OnnxGraph, OnnxNode, OnnxTensor, OnnxValueInfo } from '../../proto/messages.js';

export type AttributeValue = number | { float: number } | readonly number[];

const FLOAT = 1;
const INT64 = 7;

export class OnnxBuilder {
  private readonly nodes: OnnxNode[] = [];
  private readonly constants: OnnxTensor[] = [];
  private readonly names = new Set<string>();

  /** A name that no value has yet. */
  unique(wanted: string): string {
    let name = wanted;
    for (let n = 2; this.names.has(name); n++) name = `${wanted}_${n}`;
    this.names.add(name);
    return name;
  }

  /** A node with one output, whose name it returns. Whole numbers become int attributes, { float } floats. */
  node(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue> = {},
    output?: string,
  ): string {
    const [name] = this.nodeOf(type, inputs, attributes, [output ?? `${type.toLowerCase()}_out`]);
    return name!;
  }

  /** The same with several outputs. */
  nodeOf(
    type: string,
    inputs: readonly string[],
    attributes: Record<string, AttributeValue>,
    outputs: readonly string[],
  ): string[] {
    const output = outputs.map((name) => this.unique(name));
    const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value));
    this.nodes.push({ name: `${output[0]}/${type}`, op_type: type, input: [...inputs], output, attribute });
    return output;
  }

  floats(name: string, dims: readonly number[], values: Float32Array | readonly number[]): string {
    const float_data = values instanceof Float32Array ? values : Float32Array.from(values);
    const unique = this.unique(name);
    this.constants.push({ name: unique, dims: [...dims], data_type: FLOAT, float_data });
    return unique;
  }

  scalar(name: string, value: number): string {
    return this.floats(name, [], [value]);
  }

  integers(name: string, values: readonly number[]): string {
    const unique = this.unique(name);
    this.constants.push({ name: unique, dims: [values.length], data_type: INT64, int64_data: [...values] });
    return unique;
  }

  graph(name: string, input: OnnxValueInfo, output: OnnxValueInfo): OnnxGraph {
    return { name, node: this.nodes, initializer: this.constants, input: [input], output: [output] };
  }
}

/** A float tensor of any batch size; its other dimensions are fixed. */
export function batchOf(name: string, dims: readonly number[]): OnnxValueInfo {
  const dim = [{ dim_param: 'N' }, ...dims.map((dim_value) => ({ dim_value }))];
  return { name, type: { tensor_type: { elem_type: FLOAT, shape: { dim } } } };
}

function attributeOf(name: string, value: AttributeValue): OnnxAttribute {
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if ('float' in value) return { name, f: value.float, type: 1 };
  return { name, ints: [...(value as readonly number[])], type: 7 };
}
