/** npm run bench -- NAME [...]: timings of ours and the peers in alternation; results are kept in bench/RESULTS.md. */
import os from 'node:os';
import { benchFeed } from './feed.js';
import { benchGallery } from './gallery.js';
import { benchGpu } from './gpu.js';
import { benchInfer, benchStart } from './infer.js';
import { benchLayers } from './layers.js';
import { benchMany } from './many.js';
import { benchOneDnn } from './onednn.js';
import { benchQuality } from './quality.js';
import { benchTowers } from './towers.js';
import { benchTrain } from './train.js';

const numbers = (text: string | undefined, otherwise: number[]) => text?.split(',').map(Number) ?? otherwise;

const benches: Record<string, (args: string[]) => void | Promise<void>> = {
  // gpu [PAIRS,...] [fp32,tf32] [ROUNDS]
  gpu: ([pairs, precisions, rounds]) =>
    benchGpu(numbers(pairs, [64, 256, 1024, 4096]), (precisions ?? 'fp32,tf32').split(','), Number(rounds ?? 3)),
  // layers [mnist|large] [BATCH] [THREADS,...] [SAMPLES]
  layers: ([set, batch, threads, samples]) =>
    benchLayers(set ?? 'mnist', Number(batch ?? 128), numbers(threads, [1, 2]), Number(samples ?? 100)),
  // onednn [IMAGES] [THREADS] [ROUNDS]
  onednn: ([images, threads, rounds]) => benchOneDnn(Number(images ?? 8), Number(threads ?? 2), Number(rounds ?? 3)),
  // train [PAIRS,...] [THREADS,...] [ROUNDS]
  train: ([pairs, threads, rounds]) => benchTrain(numbers(pairs, [64]), numbers(threads, [2, 1]), Number(rounds ?? 5)),
  // towers [alexnet,resnet50] [IMAGES,...] [THREADS] [ROUNDS]
  towers: ([names, batches, threads, rounds]) =>
    benchTowers(
      names?.split(',') ?? ['alexnet', 'resnet50'],
      numbers(batches, [16]),
      Number(threads ?? 2),
      Number(rounds ?? 3),
    ),
  // feed [THREADS] [WORKERS,...] [ROUNDS]
  feed: ([threads, workers, rounds]) => benchFeed(Number(threads ?? 2), numbers(workers, [0, 2]), Number(rounds ?? 3)),
  // infer [THREADS] [ROUNDS]
  infer: ([threads, rounds]) => benchInfer(Number(threads ?? 2), Number(rounds ?? 5)),
  // gallery [ROUNDS]
  gallery: ([rounds]) => benchGallery(Number(rounds ?? 9)),
  // many [SNAPSHOT] [ROUNDS]
  many: ([snapshot, rounds]) => benchMany(snapshot || undefined, Number(rounds ?? 9)),
  // quality [NET,...] [SEEDS] [THREADS] [ITERATIONS in place of the solver's]
  quality: ([names, seeds, threads, iterations]) =>
    benchQuality(names?.split(',').filter(Boolean) ?? [], {
      seeds: Number(seeds ?? 3),
      threads: Number(threads ?? 0),
      iterations: iterations === undefined ? undefined : Number(iterations),
    }),
  // start [SNAPSHOT] [ROUNDS]
  start: ([snapshot, rounds]) => benchStart(snapshot || undefined, Number(rounds ?? 15)),
};

const [name, ...args] = process.argv.slice(2);
const bench = benches[name ?? ''];
if (!bench) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join('|')} [...]`);
  process.exit(2);
}
console.log(`${os.cpus()[0]?.model.trim()}, ${os.availableParallelism()} cores, Node ${process.version}`);
void bench(args);
