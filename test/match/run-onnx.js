/**
 * Runs ONNX files outside of jest, whose typed arrays are not those of the addon: node run-onnx.js FOLDER reads jobs.json, a list
 * of [name, dims of the input], and for each name.onnx and name.in, and writes name.out.
 */
const { readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { InferenceSession, Tensor } = require('onnxruntime-node');

async function main(folder) {
  const at = (name) => path.join(folder, name);
  for (const [name, dims] of JSON.parse(readFileSync(at('jobs.json'), 'utf8'))) {
    const session = await InferenceSession.create(at(`${name}.onnx`));
    const values = new Float32Array(new Uint8Array(readFileSync(at(`${name}.in`))).buffer);
    const { encoding } = await session.run({ [session.inputNames[0]]: new Tensor('float32', values, dims) });
    writeFileSync(
      at(`${name}.out`),
      Buffer.from(encoding.data.buffer, encoding.data.byteOffset, encoding.data.byteLength),
    );
  }
}

main(process.argv[2]);
