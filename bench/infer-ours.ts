/**
 * Our encoder over the MNIST test images, once they are in memory.
 * usage: infer-ours.js THREADS     prints one JSON line {variant, ms}: the time of all 10,000, several times over
 */
import { cutTower, Encoder, openSource, readNet, untrainedWeights } from 'siamese';

const PASSES = 5;

async function main(): Promise<void> {
  const net = readNet('models/siamese_mnist/train_val.prototxt').message;
  const shape = [1, 28, 28] as const;
  const weights = untrainedWeights(cutTower(net), [...shape], 1);
  const encoder = Encoder.fromNet(net, weights, { recordShape: [...shape], threads: Number(process.argv[2]) });
  const source = await openSource('mnist:test');
  const records = await source.read(Int32Array.from({ length: source.info.count }, (_, i) => i));
  await encoder.encode(records);
  const ms: number[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const start = performance.now();
    await encoder.encode(records);
    ms.push(performance.now() - start);
  }
  encoder.dispose();
  console.log(JSON.stringify({ variant: 'siamese', ms }));
}

void main();
