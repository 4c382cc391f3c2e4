/** Nets fed from files that a test has made: run pass by pass, their blobs read, and taken up again from a state. */
import path from 'node:path';
import type { Decoder } from '../../src/data/decoder';
import { formatError, SiameseError } from '../../src/errors';
import { parseNet } from '../../src/proto/files';
import { RunnableNet } from '../../src/solver/runnable-net';

const open: RunnableNet[] = [];

export interface NetSettings {
  phase?: 'TRAIN' | 'TEST';
  seed?: number;
  residentLimit?: number;
  decoder?: Decoder;
  onRestart?: (layer: string) => void;
}

export async function openNet(text: string, folder: string, settings: NetSettings = {}): Promise<RunnableNet> {
  const { phase = 'TRAIN', seed = 1, ...options } = settings;
  const param = parseNet(text, path.join(folder, 'net.prototxt')).message;
  const request = { phase, level: 0, stages: [], param, from: 'test', folder };
  const net = await RunnableNet.build(request, { seed, threads: 1, ...options });
  open.push(net);
  return net;
}

/** Runs passes one by one and reads a blob after each. */
export async function passes(net: RunnableNet, count: number, blob: string): Promise<number[][]> {
  const read: number[][] = [];
  for (let i = 0; i < count; i++) {
    const { chunks } = await net.supply.prepare(1);
    await net.run({ mode: 'forward', count: 1, feeds: chunks });
    read.push([...net.engine.read(blob)]);
  }
  return read;
}

/** What opening or running the net says is wrong, as a user sees it. */
export async function failure(text: string, folder: string, count = 0): Promise<string> {
  try {
    await passes(await openNet(text, folder), count, 'label');
  } catch (error) {
    if (error instanceof SiameseError) return `${error.code}: ${formatError(error)}`;
    throw error;
  }
  throw new Error('this was accepted');
}

/** For afterEach. */
export async function closeNets(): Promise<void> {
  for (const net of open.splice(0)) await net.dispose();
}
