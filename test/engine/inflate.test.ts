/** The native inflate, for small images, against zlib: every kind of block, and damage of every sort. */
import { constants, deflateSync, inflateSync } from 'node:zlib';
import { native } from '../../src/engine/native';
import { dice } from '../data/fixtures';

function inflate(stream: Uint8Array, size: number): Uint8Array {
  const out = new Uint8Array(size);
  native().inflate(stream, out);
  return out;
}

/** Bytes of which some repeat what was there before, at any distance. */
function text(length: number, letters: number, seed: number): Uint8Array {
  const roll = dice(seed);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const back = 1 + roll(40_000);
    bytes[i] = roll(3) > 0 && back <= i ? bytes[i - back]! : roll(letters);
  }
  return bytes;
}

test.each([
  ['stored', { level: 0 }],
  ['fixed codes', { strategy: constants.Z_FIXED }],
  ['codes of its own', { level: 9 }],
  ['no repetition', { strategy: constants.Z_HUFFMAN_ONLY }],
  ['runs', { strategy: constants.Z_RLE }],
  ['a small window', { windowBits: 9 }],
])('%s', (_, options) => {
  for (const length of [0, 1, 2, 7, 255, 258, 259, 5000, 70_000]) {
    for (const letters of [1, 2, 30, 256]) {
      const bytes = text(length, letters, length + letters);
      const stream = deflateSync(bytes, options);
      expect(Buffer.compare(inflate(stream, length), bytes)).toBe(0);
      expect(() => inflate(stream, length + 1)).toThrow('truncated');
      if (length > 0) expect(() => inflate(stream, length - 1)).toThrow('too long');
    }
  }
});

test('a stream that ends early, wherever', () => {
  const bytes = text(400, 20, 1);
  const stream = deflateSync(bytes);
  for (let length = 0; length < stream.length; length++) {
    expect(() => inflate(stream.subarray(0, length), bytes.length)).toThrow('truncated');
  }
});

test('damaged streams give the bytes that zlib gives, or are refused as it refuses them', () => {
  const roll = dice(5);
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    const bytes = text(300, 2 + roll(60), round);
    const stream = deflateSync(bytes, round % 3 === 0 ? { strategy: constants.Z_FIXED } : {});
    for (let n = 1 + roll(3); n > 0; n--) stream[roll(stream.length)]! ^= 1 << roll(8);
    let wanted: Uint8Array | undefined;
    try {
      wanted = inflateSync(stream);
    } catch {
      refused++;
    }
    if (wanted?.length === bytes.length) expect(Buffer.compare(inflate(stream, bytes.length), wanted)).toBe(0);
    else expect(() => inflate(stream, bytes.length)).toThrow();
  }
  expect(refused).toBeGreaterThan(2500);
});
