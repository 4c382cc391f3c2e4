/** Prototxt of nets with the shapes that make plans hard: towers, residual blocks, inception, many Slices. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export function conv(name: string, bottom: string, top: string, outputs: number, kernel: number, more = ''): string {
  return `layer { name: "${name}" type: "Convolution" bottom: "${bottom}" top: "${top}" ${more}
    convolution_param { num_output: ${outputs} kernel_size: ${kernel} pad: ${(kernel - 1) / 2} } }\n`;
}

export function pool(bottom: string, top: string, kernel = 2, stride = 2, pad = 0): string {
  return `layer { name: "${top}" type: "Pooling" bottom: "${bottom}" top: "${top}"
    pooling_param { pool: MAX kernel_size: ${kernel} stride: ${stride} pad: ${pad} } }\n`;
}

export function relu(blob: string): string {
  return `layer { name: "relu_${blob}" type: "ReLU" bottom: "${blob}" top: "${blob}" }\n`;
}

export function input(...shapes: [name: string, ...dims: number[]][]): string {
  const tops = shapes.map(([name]) => `top: "${name}"`).join(' ');
  const dims = shapes.map(([, ...shape]) => `shape { ${shape.map((dim) => `dim: ${dim}`).join(' ')} }`).join(' ');
  return `layer { name: "input" type: "Input" ${tops} input_param { ${dims} } }\n`;
}

export const MINI = readFileSync(path.join(__dirname, '..', 'golden', 'mini', 'train_test.prototxt'), 'utf8');

/** MINI with 3 pairs of 10 x 10 and few channels. */
export const SMALL = MINI.replace(/batch_size: \d+/g, 'batch_size: 3')
  .replace(/kernel_size: 5/g, 'kernel_size: 3')
  .replace(/num_output: \d+/g, 'num_output: 2');

/** A residual block: a blob with two readers, one of which adds it back. */
export function residual(bottom: string, name: string, outputs: number, shared = (_: string) => ''): string {
  return (
    conv(`${name}a`, bottom, `${name}a`, outputs, 3, shared(`${name}a`)) +
    relu(`${name}a`) +
    conv(`${name}b`, `${name}a`, `${name}b`, outputs, 3, shared(`${name}b`)) +
    `layer { name: "${name}" type: "Eltwise" bottom: "${bottom}" bottom: "${name}b" top: "${name}" }\n` +
    relu(name)
  );
}

/** GoogLeNet's block: four readers of one blob, joined by channel. */
export function inception(bottom: string, name: string): string {
  return (
    conv(`${name}_1`, bottom, `${name}_1`, 2, 1) +
    relu(`${name}_1`) +
    conv(`${name}_3r`, bottom, `${name}_3r`, 1, 1) +
    conv(`${name}_3`, `${name}_3r`, `${name}_3`, 2, 3) +
    conv(`${name}_5r`, bottom, `${name}_5r`, 1, 1) +
    conv(`${name}_5`, `${name}_5r`, `${name}_5`, 1, 5) +
    pool(bottom, `${name}_pool`, 3, 1, 1) +
    conv(`${name}_proj`, `${name}_pool`, `${name}_proj`, 1, 1) +
    `layer { name: "${name}" type: "Concat" bottom: "${name}_1" bottom: "${name}_3" bottom: "${name}_5" bottom: "${name}_proj" top: "${name}" }\n`
  );
}
