/** bench onednn: convolutions of the large nets, ours beside oneDNN's own primitives, in turn on one machine. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { bestTenth } from './alternate.js';
import { type Convolution, timeConvolution } from './layers.js';

const square = (name: string, [channels, size, outputs, kernel, stride, pad, group]: number[]): Convolution => ({
  name,
  channels: channels!,
  size: size!,
  outputs: outputs!,
  kernel: kernel!,
  stride: stride!,
  pad: pad!,
  group: group ?? 1,
});

const CONVOLUTIONS = [
  square('AlexNet conv1', [3, 227, 96, 11, 4, 0]),
  square('AlexNet conv2', [96, 27, 256, 5, 1, 2, 2]),
  square('AlexNet conv3', [256, 13, 384, 3, 1, 1]),
  square('AlexNet conv4', [384, 13, 384, 3, 1, 1, 2]),
  square('GoogLeNet conv2', [64, 56, 192, 3, 1, 1]),
  square('GoogLeNet 4a 1x1', [480, 14, 192, 1, 1, 0]),
  square('GoogLeNet 4a 5x5', [16, 14, 48, 5, 1, 2]),
  square('GoogLeNet 5b 3x3', [192, 7, 384, 3, 1, 1]),
  square('ResNet conv1', [3, 224, 64, 7, 2, 3]),
  square('ResNet 64 3x3', [64, 56, 64, 3, 1, 1]),
  square('ResNet 64-256 1x1', [64, 56, 256, 1, 1, 0]),
  square('ResNet 256-64 1x1', [256, 56, 64, 1, 1, 0]),
  square('ResNet 128 3x3', [128, 28, 128, 3, 1, 1]),
  square('ResNet 256-512 1x1/2', [256, 56, 512, 1, 2, 0]),
  square('ResNet 256 3x3', [256, 14, 256, 3, 1, 1]),
  square('ResNet 256-1024 1x1', [256, 14, 1024, 1, 1, 0]),
  square('ResNet 512 3x3/2', [512, 14, 512, 3, 2, 1]),
  square('ResNet 512 3x3', [512, 7, 512, 3, 1, 1]),
  square('ResNet 512-2048 1x1', [512, 7, 2048, 1, 1, 0]),
];

interface Samples {
  forward: number[];
  backward: number[];
  forward_layouts: number[];
  backward_layouts: number[];
}

/** The library is built against where the compiler finds dnnl.hpp: Debian's libdnnl-dev, or CPATH and LIBRARY_PATH. */
export async function benchOneDnn(batch: number, threads: number, rounds: number): Promise<void> {
  const peer = buildPeer();
  console.log(
    `batch ${batch}, ${threads} threads, ${rounds} rounds; ms by best tenth: ours / oneDNN / with its layouts`,
  );
  const ratios: Record<string, number[]> = {};
  const book = (what: string, ratio: number) => {
    ratios[what] = [...(ratios[what] ?? []), ratio];
  };
  for (const one of CONVOLUTIONS) {
    const ours = { forward: [] as number[], backward: [] as number[] };
    const its: Samples = { forward: [], backward: [], forward_layouts: [], backward_layouts: [] };
    for (let round = 0; round < rounds; round++) {
      const mine = await timeConvolution(one, batch, threads, 6);
      for (const way of ['forward', 'backward'] as const) ours[way].push(...mine[way]);
      const theirs = runPeer(peer, one, batch, threads);
      for (const key of Object.keys(its) as (keyof Samples)[]) its[key].push(...theirs[key]);
    }
    const line = (['forward', 'backward'] as const).map((way) => {
      const [mine, bare, whole] = [ours[way], its[way], its[`${way}_layouts`]].map(bestTenth) as [
        number,
        number,
        number,
      ];
      // The first layer of a net takes no gradient of its data; the peer always computes it.
      if (way === 'backward' && one.channels < 4) return '';
      book(`${way}, its primitives`, mine / bare);
      book(`${way}, with its layouts`, mine / whole);
      const figures = [mine, bare, whole].map((ms) => ms.toFixed(2).padStart(7)).join(' ');
      return `${way} ${figures}  ${(mine / bare).toFixed(2)} ${(mine / whole).toFixed(2)}`;
    });
    console.log(`${one.name.padEnd(22)} ${line.join('   ')}`);
  }
  const mean = (list: number[]) => Math.exp(list.reduce((sum, r) => sum + Math.log(r), 0) / list.length).toFixed(2);
  console.log('geometric means of ours / oneDNN');
  for (const [what, list] of Object.entries(ratios)) console.log(`  ${what.padEnd(28)} ${mean(list)}`);
}

function buildPeer(): string {
  const program = path.join(__dirname, 'peer_onednn');
  const flags = (process.env.ONEDNN_FLAGS ?? '').split(' ').filter(Boolean);
  const source = path.join(__dirname, '../../bench/peer_onednn.cc');
  const build = spawnSync('c++', ['-O2', '-std=c++17', source, '-o', program, '-ldnnl', ...flags], {
    encoding: 'utf8',
  });
  if (build.status !== 0) {
    throw new Error(`oneDNN 2.x is needed (apt install libdnnl-dev, or ONEDNN_FLAGS="-I... -L..."):\n${build.stderr}`);
  }
  return program;
}

function runPeer(program: string, one: Convolution, batch: number, threads: number): Samples {
  const sizes = [batch, one.channels, one.size, one.outputs, one.kernel, one.stride, one.pad, one.group, 6];
  const env = { ...process.env, OMP_NUM_THREADS: String(threads) };
  const run = spawnSync(program, sizes.map(String), { encoding: 'utf8', env });
  if (run.status !== 0) throw new Error(`oneDNN failed at ${one.name}: ${run.stderr}`);
  return JSON.parse(run.stdout) as Samples;
}
