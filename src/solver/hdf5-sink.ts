/** What HDF5Output layers are given, pass by pass, and the files that they become. */
import type { Engine } from '../engine/engine.js';
import type { FeedChunk, RunRequest, RunResult } from '../engine/native.js';
import type { Net } from '../net/net-types.js';
import { AtomicFile } from '../proto/atomic.js';
import { encodeHdf5, Hdf5Leaf } from '../proto/hdf5-writer.js';

/** Names of the datasets, as Caffe has them. */
const DATASETS = ['data', 'label'] as const;

export class Hdf5Sink {
  /** Of each bottom, the values of each pass. */
  readonly #passes: Float32Array[][] = [[], []];
  readonly #shapes: readonly (readonly number[])[];
  readonly blobs: readonly string[];

  constructor(
    private readonly file: string,
    bottoms: readonly { name: string; shape: readonly number[] }[],
  ) {
    this.blobs = bottoms.map(({ name }) => name);
    this.#shapes = bottoms.map(({ shape }) => shape);
    // A place that cannot be written to is told now, not after hours.
    new AtomicFile(file).abort();
  }

  add(read: (blob: string) => Float32Array): void {
    this.blobs.forEach((blob, i) => {
      this.#passes[i]!.push(read(blob));
    });
  }

  /** Throws SiameseError('io'). Writes nothing where no pass was run. */
  write(): void {
    if (this.#passes[0]!.length === 0) return;
    const leaves = this.#passes.map((values, i) => {
      const row = this.#shapes[i]!.slice(1);
      const all = new Float32Array(values.reduce((sum, { length }) => sum + length, 0));
      let at = 0;
      for (const some of values.splice(0)) {
        all.set(some, at);
        at += some.length;
      }
      // Not passes x N: a Filter lets fewer items through.
      return new Hdf5Leaf(all, [all.length / row.reduce((product, dim) => product * dim, 1), ...row]);
    });
    const file = new AtomicFile(this.file);
    file.write(encodeHdf5(Object.fromEntries(leaves.map((leaf, i) => [DATASETS[i]!, leaf]))));
    file.commit();
  }
}

export function outputSinks(net: Net): Hdf5Sink[] {
  return net.layers
    .filter(({ type }) => type.type === 'HDF5Output')
    .map(({ param, bottoms }) => {
      return new Hdf5Sink(
        param.hdf5_output_param!.file_name!,
        bottoms.map((bottom) => net.blobs[bottom]!),
      );
    });
}

/** The same run, one iteration at a time; `after` is called behind each. */
export async function runSingly(
  engine: Engine,
  request: RunRequest,
  count: number,
  after: () => void,
): Promise<RunResult> {
  const started = performance.now();
  const part = <T extends Float32Array | Int32Array>(values: T | undefined, i: number): T | undefined => {
    const size = (values?.length ?? 0) / count;
    return values?.subarray(i * size, (i + 1) * size) as T | undefined;
  };
  for (let i = 0; i < count; i++) {
    const { rates, losses, outputs, firstIteration, feeds, mode } = request;
    const chunkOf = (chunk: FeedChunk): FeedChunk => {
      const { order, crops, warps, labelShifts } = chunk;
      return {
        ...chunk,
        order: part(order, i)!,
        ...(crops && { crops: part(crops, i)! }),
        ...(warps && { warps: part(warps, i)! }),
        ...(labelShifts && { labelShifts: part(labelShifts, i)! }),
      };
    };
    const [rate, loss, output] = [part(rates, i), part(losses, i), part(outputs, i)];
    const result = await engine.run({
      mode,
      count: 1,
      feeds: feeds.map(chunkOf),
      ...(rate && { rates: rate }),
      ...(loss && { losses: loss }),
      ...(output && { outputs: output }),
      ...(firstIteration !== undefined && { firstIteration: firstIteration + i }),
    });
    if (result.done === 0) return { done: i, computeMs: performance.now() - started };
    after();
  }
  // What is read between the passes is the layers' work too.
  return { done: count, computeMs: performance.now() - started };
}
