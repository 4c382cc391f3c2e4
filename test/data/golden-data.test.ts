/** Caffe's Data layer and transformer on its own databases: labels, crops, scale and means, through the engine. */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseText } from '../../src/proto/text';
import { RunnableNet } from '../../src/solver/runnable-net';
import { MINI, mini } from './fixtures';

interface Golden {
  net_prototxt: string;
  phase: 'TRAIN' | 'TEST';
  blobs: { name: string; shape: number[]; count: number; offset: number }[];
}

function readGolden(file: string): { net: string; phase: Golden['phase']; blobs: Map<string, Float32Array> } {
  const bytes = gunzipSync(readFileSync(file));
  const base = 12 + bytes.readUInt32LE(8);
  const golden = JSON.parse(bytes.toString('utf8', 12, base)) as Golden;
  const blobs = golden.blobs.map(({ name, count, offset }): [string, Float32Array] => {
    const start = bytes.byteOffset + base + offset;
    return [name, new Float32Array(bytes.buffer.slice(start, start + 4 * count))];
  });
  return { net: golden.net_prototxt, phase: golden.phase, blobs: new Map(blobs) };
}

const cases = readdirSync(MINI).filter((name) => /^data_.*\.gold\.gz$/.test(name));

test('all cases are here', () => {
  expect(cases).toHaveLength(5);
});

const all = cases.flatMap((name) => [
  { name, how: 'resident', residentLimit: 2 ** 30 },
  { name, how: 'streamed', residentLimit: 1 },
]);

test.each(all)('$name, $how', async ({ name, residentLimit }) => {
  const golden = readGolden(mini(name));
  const param = parseText('NetParameter', golden.net, name).message;
  const request = { name, param, phase: golden.phase, folder: MINI } as unknown as Parameters<
    typeof RunnableNet.build
  >[0];
  const net = await RunnableNet.build(request, { seed: 1, keepAll: true, threads: 1, residentLimit });
  try {
    const { chunks } = await net.supply.prepare(1);
    expect(chunks[0]!.records === undefined).toBe(residentLimit > 1);
    await net.engine.run({ count: 1, mode: 'forward', feeds: chunks });
    for (const [blob, want] of golden.blobs) {
      const got = net.engine.read(blob);
      expect(got.length).toBe(want.length);
      // One rounding of (x - mean) * scale in float32 on either side, on values up to 255.
      const tolerance = 255 * 2 ** -23;
      const worst = want.reduce((most, value, i) => Math.max(most, Math.abs(value - got[i]!)), 0);
      expect(worst).toBeLessThanOrEqual(tolerance);
    }
  } finally {
    await net.dispose();
  }
});
