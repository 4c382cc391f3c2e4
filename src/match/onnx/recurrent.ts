/**
 * LSTM, RNN and LSTMUnit, unrolled into the nodes of each time step. ONNX's own LSTM has no input that says where sequences
 * begin, so the hidden state is multiplied by cont, as in Caffe.
 *
 * The time steps are a fixed number; the images are the sequences side by side (axis 1 of x). Nothing is carried from one
 * run of the file to the next: the states before the first step are those given with expose_hidden, else zeros.
 */
import type { OnnxBuilder } from './graph.js';
import type { LayerToOnnx, OnnxContext } from './layer.js';
import { reshape } from './rearrange.js';

/** Values of one time step, a row for each sequence. */
interface Step {
  /** What x (and x_static) are turned into. */
  inputs: string;
  /** One column: 0 where a sequence begins, else 1. */
  cont: string;
}

export const lstm: LayerToOnnx = (context) => {
  const { builder, tops, param } = context;
  const { steps, states, own } = begin(context, 2);
  let [hidden, cell] = states;
  const weights = goesOn(context) ? param(own) : '';
  const all = steps.map(({ inputs, cont }) => {
    [cell, hidden] = unit(builder, addHidden(builder, inputs, cont, hidden, weights), cont, cell);
    return hidden;
  });
  return end(context, sequence(context, rows(builder, all), tops[0]!), [hidden!, cell!]);
};

export const rnn: LayerToOnnx = (context) => {
  const { builder, tops, param } = context;
  const { steps, states, own } = begin(context, 1);
  let [hidden] = states;
  const weights = goesOn(context) ? param(own) : '';
  const all = steps.map(({ inputs, cont }) => {
    hidden = builder.node('Tanh', [addHidden(builder, inputs, cont, hidden, weights)]);
    return hidden;
  });
  const outputs = builder.node('Gemm', [rows(builder, all), param(own + 1), param(own + 2)], { transB: 1 });
  return end(context, sequence(context, builder.node('Tanh', [outputs]), tops[0]!), [hidden!]);
};

export const lstmUnit: LayerToOnnx = (context) => {
  const { builder, bottoms, tops, shapes, imageAxes } = context;
  checkAxes(context, [1, 1, 1]);
  const [before, gates] = bottoms.map((value) => builder.node('Flatten', [value], { axis: 2 }));
  const cont = column(builder, bottoms[2]!);
  return unit(builder, gates!, cont, before).map((value, t) =>
    reshape(builder, value, shapes.tops[t]!, imageAxes.tops[t], tops[t]!),
  );
};

/** The inputs of all steps by one product, then step by step; `own` is the index of the first parameter beyond those. */
function begin(context: OnnxContext, states: number): { steps: Step[]; states: (string | undefined)[]; own: number } {
  const { builder, bottoms, layer, shapes, param } = context;
  const { static_input: fixed, expose_hidden: exposed } = layer.setup.attributes;
  const given = exposed ? Array.from({ length: states }, (_, s) => (fixed ? 3 : 2) + s) : [];
  checkAxes(context, [1, 1, ...(fixed ? [0] : []), ...given.map(() => 1)]);
  const count = shapes.bottoms[0]![0]!;
  const x = builder.node('Flatten', [bottoms[0]!], { axis: 2 });
  let inputs = split(builder, builder.node('Gemm', [x, param(0), param(1)], { transB: 1 }), count);
  if (fixed) {
    const flat = builder.node('Flatten', [bottoms[2]!], { axis: 1 });
    const product = builder.node('Gemm', [flat, param(2)], { transB: 1 });
    inputs = inputs.map((step) => builder.node('Add', [step, product]));
  }
  const conts = split(builder, column(builder, bottoms[1]!), count);
  return {
    steps: inputs.map((step, t) => ({ inputs: step, cont: conts[t]! })),
    states: given.map((b) => builder.node('Flatten', [bottoms[b]!], { axis: 2 })),
    own: fixed ? 3 : 2,
  };
}

/** Whether some step has a state before it; else the state's weights are of no use, and runtimes warn of them. */
function goesOn({ layer, shapes }: OnnxContext): boolean {
  return shapes.bottoms[0]![0]! > 1 || layer.setup.attributes.expose_hidden === true;
}

/** Caffe's order of states in bottoms and tops is h, then c. */
function end({ builder, tops, shapes, imageAxes }: OnnxContext, output: string, states: readonly string[]): string[] {
  const last = tops.slice(1).map((name, s) => {
    return reshape(builder, states[s]!, shapes.tops[1 + s]!, imageAxes.tops[1 + s], name);
  });
  return [output, ...last];
}

/** inputs + W_h (cont * h); without the state where there is none yet. */
function addHidden(builder: OnnxBuilder, inputs: string, cont: string, hidden: string | undefined, weights: string) {
  if (hidden === undefined) return inputs;
  return builder.node('Gemm', [builder.node('Mul', [hidden, cont]), weights, inputs], { transB: 1 });
}

/** The cell and the hidden state after a step: c = cont f c + i g, h = o tanh(c). */
function unit(builder: OnnxBuilder, gates: string, cont: string, before: string | undefined): [string, string] {
  const [i, f, o, g] = builder.nodeOf('Split', [gates], { axis: 1 }, ['i', 'f', 'o', 'g']) as [
    string,
    string,
    string,
    string,
  ];
  const sigmoid = (value: string) => builder.node('Sigmoid', [value]);
  let cell = builder.node('Mul', [sigmoid(i), builder.node('Tanh', [g])]);
  if (before !== undefined) {
    const kept = builder.node('Mul', [builder.node('Mul', [sigmoid(f), cont]), before]);
    cell = builder.node('Add', [kept, cell]);
  }
  return [cell, builder.node('Mul', [sigmoid(o), builder.node('Tanh', [cell])])];
}

/** (T, N) as a column of T x N. */
function column(builder: OnnxBuilder, cont: string): string {
  return builder.node('Reshape', [cont, builder.integers('column', [-1, 1])]);
}

/** Rows of step after step as one value each. */
function split(builder: OnnxBuilder, value: string, steps: number): string[] {
  if (steps === 1) return [value];
  const names = Array.from({ length: steps }, (_, t) => `${value}_${t}`);
  return builder.nodeOf('Split', [value], { axis: 0 }, names);
}

function rows(builder: OnnxBuilder, steps: readonly string[]): string {
  return steps.length === 1 ? steps[0]! : builder.node('Concat', steps, { axis: 0 });
}

function sequence({ builder, shapes, imageAxes }: OnnxContext, value: string, name: string): string {
  return reshape(builder, value, shapes.tops[0]!, imageAxes.tops[0], name);
}

/** Where the images must lie in each bottom; a bottom that is the same for any number of images has no sequence for each. */
function checkAxes({ imageAxes, fail }: OnnxContext, wanted: readonly number[]): void {
  wanted.forEach((axis, b) => {
    if (imageAxes.bottoms[b] === axis) return;
    if (imageAxes.bottoms[b] === 0) {
      fail(
        `axis 0 of bottom ${b} is time, but holds the images of a batch, of which an ONNX file takes any number; make each image a sequence along axis 1`,
        `bottom[${b}]`,
      );
    }
    fail(`bottom ${b} must have a sequence for each image, along axis ${axis}`, `bottom[${b}]`);
  });
}
