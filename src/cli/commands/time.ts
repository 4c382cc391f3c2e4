/** siamese time: milliseconds of each layer, forward and backward, as `caffe time` measures them. */

import { RunnableNet } from '../../solver/runnable-net.js';
import { planSolver } from '../../solver/settings.js';
import { timePasses } from '../../solver/timed-passes.js';
import { type Call, refuseArguments } from '../call.js';
import { chosenDecoder } from '../decoding.js';
import { chooseNet } from '../nets.js';
import { chosenDevice } from '../solver-mode.js';
import { percent } from '../train-output.js';

/** Iterations before the clock starts: memory is touched, caches are warm. */
const WARM_UP = 2;

export async function run(call: Call): Promise<number> {
  refuseArguments(call);
  const device = chosenDevice(call);
  const { flags, terminal } = call;
  const train = (flags.phase ?? 'TRAIN') === 'TRAIN';
  const request = chooseNet(call, train ? 'TRAIN' : 'TEST');
  const net = await RunnableNet.build(request, {
    seed: 1,
    ...(train && { solver: planSolver(request.solver ?? {}) }),
    threads: flags.threads,
    decoder: chosenDecoder(call),
    towers: flags.towers,
    fuse: flags.fuse,
    device,
    warn: (warning) => terminal.warn(warning),
  });
  try {
    const { total, dataWait } = await timePasses(net, train ? 'forward-backward' : 'forward', {
      passes: flags.iterations,
      warmUp: WARM_UP,
      onWarm: () => net.engine.profile(true),
    });
    const nanoseconds = net.engine.profile(false);
    const layers = net.plan.layers.map(({ name, type, merged = [], fused = [] }, i) => ({
      name,
      type,
      with: [...merged, ...fused],
      forward: nanoseconds[i]! / 1e6 / flags.iterations,
      backward: nanoseconds[net.plan.layers.length + i]! / 1e6 / flags.iterations,
    }));
    report(call, layers, { total, dataWait, threads: net.engine.threads, train });
  } finally {
    await net.dispose();
  }
  return 0;
}

interface LayerTime {
  name: string;
  type: string;
  /** Layers of other towers and later ones that it computes as well. */
  with: string[];
  forward: number;
  backward: number;
}

interface Run {
  /** Milliseconds an iteration, and the share of it in which the engine waited for data. */
  total: number;
  dataWait: number;
  threads: number;
  train: boolean;
}

function report(call: Call, layers: LayerTime[], run: Run): void {
  const { flags, terminal } = call;
  const forward = layers.reduce((sum, layer) => sum + layer.forward, 0);
  const backward = layers.reduce((sum, layer) => sum + layer.backward, 0);
  if (terminal.json) {
    terminal.outJson('siamese.time/1', { unit: 'ms', iterations: flags.iterations, ...run, forward, backward, layers });
    return;
  }
  const wide = Math.max(...layers.map(({ name }) => name.length), 8);
  const row = (name: string, type: string, ...times: number[]) =>
    `${name.padEnd(wide)}  ${type.padEnd(16)}${times.map((t) => t.toFixed(3).padStart(10)).join('')}`;
  terminal.out(`${'layer'.padEnd(wide)}  ${'type'.padEnd(16)}   forward${run.train ? '  backward' : ''}   ms`);
  for (const { name, type, forward, backward, with: others } of layers) {
    const also = others.length > 0 ? `   with ${others.join(', ')}` : '';
    terminal.out(row(name, type, forward, ...(run.train ? [backward] : [])) + also);
  }
  terminal.out(row('all layers', '', forward, ...(run.train ? [backward] : [])));
  const threads = run.threads === 1 ? '1 thread' : `${run.threads} threads`;
  const waiting = `waiting for data ${percent(run.dataWait)} of the time`;
  terminal.out(
    `${run.total.toFixed(2)} ms per iteration, ${threads}, mean of ${flags.iterations} iterations, ${waiting}`,
  );
}
