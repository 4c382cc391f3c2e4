/** Passes beside training: they use the training net and leave no trace in it. */
import { debugLines } from './debug-info.js';
import type { RunnableNet } from './runnable-net.js';
import type { Prepared } from './supply.js';

/** Loss of the next batch under the present weights; the batch stays the next one. */
export async function lossOfNextBatch(net: RunnableNet): Promise<number> {
  const states = net.layerStates();
  const prepared = await net.supply.prepare(1);
  const losses = new Float32Array(1);
  await net.run({ mode: 'forward', count: 1, feeds: prepared.chunks, losses });
  net.supply.rewind(prepared, 0);
  net.setLayerStates(states);
  return losses[0]!;
}

/** Caffe prints debug_info while an iteration runs; here it runs once for the eyes, then again from the same state. */
export async function debugPass(net: RunnableNet, prepared: Prepared): Promise<string[]> {
  const { plan, engine } = net;
  const states = net.layerStates();
  const params = new Float32Array(plan.sizes.param);
  const gradients = new Float32Array(plan.sizes.param);
  engine.readArena('param', params);
  // Not net.run(): what HDF5Output layers see they see when the iteration itself runs, once.
  await engine.run({ mode: 'forward-backward', count: prepared.passes, feeds: prepared.chunks });
  engine.readArena('gradient', gradients);
  const read = (blob: string, kind: 'data' | 'diff') => engine.read(blob, kind);
  const lines = debugLines(net.net, plan, { read, params, gradients });
  engine.writeArena('param', params);
  net.setLayerStates(states);
  return lines;
}
