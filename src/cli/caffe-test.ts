/** `test` as Caffe does it: the test net over some batches, every output of each batch, then the means. */

import { readWeights } from '../proto/files.js';
import { formatG, glog } from '../solver/log.js';
import { RunnableNet } from '../solver/runnable-net.js';
import { readSnapshot } from '../solver/snapshot.js';
import { runTest } from '../solver/test-net.js';
import { applyWeights } from '../solver/weights.js';
import { type Call, usageError } from './call.js';
import { chosenDecoder } from './decoding.js';
import { chooseNet } from './nets.js';
import { newestSnapshot, solverOf } from './runs.js';
import { chosenDevice } from './solver-mode.js';

export async function caffeTest(call: Call): Promise<number> {
  const { flags, terminal } = call;
  const files = weightFiles(call);
  const solver = flags.model === undefined ? (flags.solver ?? solverOf(files[0]!)) : undefined;
  const request = chooseNet(call, 'TEST', solver);
  const log = (text: string) => terminal.talk(glog({ severity: 'I', source: 'caffe.cpp:313', text }));
  const net = await RunnableNet.build(request, {
    seed: request.solver?.random_seed ?? 1,
    threads: flags.threads,
    decoder: chosenDecoder(call),
    towers: flags.towers,
    fuse: flags.fuse,
    device: chosenDevice(call),
    warn: (warning) => terminal.warn(warning),
  });
  try {
    for (const file of files) applyWeights(net.net, net.engine, readWeights(file), file);
    log(`Running for ${flags.iterations} iterations.`);
    const result = await runTest(net, flags.iterations, {
      onBatch: (batch, outputs) => {
        for (const { name, value } of outputs) log(`Batch ${batch}, ${name} = ${formatG(value)}`);
      },
    });
    const { loss, outputs } = result!;
    log(`Loss: ${formatG(loss)}`);
    const words = outputs.map(({ name, value, lossWeight }) => {
      const weighed = lossWeight ? ` (* ${formatG(lossWeight)} = ${formatG(lossWeight * value)} loss)` : '';
      return `${name} = ${formatG(value)}${weighed}`;
    });
    for (const line of words) log(line);
    const values = outputs.map(({ name, value }) => ({ name, value }));
    const { iterations } = flags;
    if (terminal.json)
      terminal.outJson('siamese.test.outputs/1', { iterations, weights: files, loss, outputs: values });
    else for (const line of [`Loss: ${formatG(loss)}`, ...words]) terminal.out(line);
  } finally {
    await net.dispose();
  }
  return 0;
}

function weightFiles({ flags, terminal }: Call): string[] {
  if (flags.snapshot !== undefined && flags.weights !== undefined) {
    throw usageError('give --snapshot or --weights, but not both');
  }
  if (flags.weights !== undefined) return flags.weights;
  if (flags.snapshot !== undefined) {
    return [/\.solverstate(\.h5)?$/.test(flags.snapshot) ? readSnapshot(flags.snapshot).weights : flags.snapshot];
  }
  const { file, how } = newestSnapshot();
  terminal.talk(`using ${file} (${how})`);
  return [file];
}
