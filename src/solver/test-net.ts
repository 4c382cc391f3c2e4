/** Testing: a test net over test_iter batches, its outputs averaged, the cursor going on where it stood. */

import { chunkLength, updatePace } from './chunk.js';
import type { OutputValue } from './events.js';
import type { Output, RunnableNet } from './runnable-net.js';

export interface TestResult {
  outputs: OutputValue[];
  /** Mean total loss of the batches. */
  loss: number;
}

export interface TestOptions {
  /** Asked between runs; true ends the test without a result. */
  stopped?: () => boolean;
  /** Sees each batch's outputs, one value per element. */
  onBatch?: (batch: number, outputs: OutputValue[], loss: number) => void;
}

/** The mean of every output element over `iterations` batches; undefined when stopped. */
export async function runTest(
  net: RunnableNet,
  iterations: number,
  options: TestOptions = {},
): Promise<TestResult | undefined> {
  const size = net.outputCount;
  const sums = new Float64Array(size);
  let loss = 0;
  let pace = 0;
  for (let done = 0; done < iterations; ) {
    const count = chunkLength(done, pace, { until: iterations });
    const prepared = await net.supply.prepare(count);
    const losses = new Float32Array(count);
    const outputs = new Float32Array(count * size);
    const started = performance.now();
    const result = await net.run({ count, mode: 'forward', feeds: prepared.chunks, losses, outputs });
    pace = updatePace(pace, performance.now() - started, Math.max(1, result.done));
    for (let batch = 0; batch < result.done; batch++) {
      const values = outputs.subarray(batch * size, (batch + 1) * size);
      values.forEach((value, i) => {
        sums[i]! += value;
      });
      loss += losses[batch]!;
      options.onBatch?.(done + batch, nameOutputs(net.outputs, values), losses[batch]!);
    }
    net.supply.used(prepared, result.done);
    if (result.done < count) net.supply.rewind(prepared, result.done);
    done += result.done;
    if (done < iterations && options.stopped?.()) return undefined;
  }
  const means = Float32Array.from(sums, (sum) => sum / iterations);
  return { outputs: nameOutputs(net.outputs, means), loss: Math.fround(loss / iterations) };
}

/** One entry per element, in Caffe's numbering. */
export function nameOutputs(outputs: readonly Output[], values: Float32Array): OutputValue[] {
  let at = 0;
  return outputs.flatMap(({ name, count, lossWeight }) =>
    Array.from({ length: count }, () => ({ name, value: values[at++]!, lossWeight })),
  );
}
