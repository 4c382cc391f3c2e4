/** Seeded damage to texts and bytes: cut, flipped, repeated, swapped, and numbers that are too large. */

/** A whole number from 0 to below `below`. */
export type Random = (below: number) => number;

/** mulberry32: the same damage for the same seed, everywhere. */
export function generator(seed: number): Random {
  let a = seed;
  return (below) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)]!;

const SCRAPS =
  '{ } < > [ ] : , ; - " \' \\ # \0 \ufeff 0x 1e999 -1 nan inf 4294967295 2147483648 1000000000 0 layer layers name phase:RUN true \ud800 input_dim:3 shape{dim:0} dim:-1 kernel_size:99999999 num_output:2000000000 batch_size:100000000 axis:-9 group:0 stride:0 slice_point:7 top:"x" bottom:"x" param{name:"w"}'.split(
    ' ',
  );

const NUMBERS = [
  '0',
  '1',
  '2',
  '3',
  '7',
  '-1',
  '99',
  '1000',
  '65536',
  '99999999',
  '2147483647',
  '4294967295',
  '0.5',
  '1e30',
];

/** A few changes: something lost, inserted, repeated, another number, or the end missing. */
export function damagedText(text: string, random: Random): string {
  let out = text;
  // Half of the texts still parse, more or less, and reach what comes after the parser.
  const wellFormed = random(2) === 0;
  for (let changes = 1 + random(wellFormed ? 2 : 4); changes > 0; changes--) {
    const at = random(out.length + 1);
    switch (wellFormed ? 3 + random(2) : random(6)) {
      case 0:
        out = out.slice(0, at) + out.slice(at + 1 + random(8));
        break;
      case 1:
        out = `${out.slice(0, at)} ${pick(random, SCRAPS)} ${out.slice(at)}`;
        break;
      case 2: {
        const from = random(out.length + 1);
        out = out.slice(0, at) + out.slice(from, from + 1 + random(200)) + out.slice(at);
        break;
      }
      case 3: {
        const numbers = [...out.matchAll(/\d+/g)];
        const number = numbers[random(Math.max(1, numbers.length))];
        if (number)
          out =
            out.slice(0, number.index) +
            pick(random, wellFormed ? NUMBERS : SCRAPS) +
            out.slice(number.index + number[0].length);
        break;
      }
      case 4: {
        const names = [...out.matchAll(/"[^"\n]*"/g)];
        const [a, b] = [names[random(Math.max(1, names.length))], names[random(Math.max(1, names.length))]];
        if (a && b) out = out.slice(0, a.index) + b[0] + out.slice(a.index + a[0].length);
        break;
      }
      default:
        if (random(4) === 0) out = out.slice(0, at);
    }
  }
  return out;
}

const LARGE = [0, 1, 127, 128, 255, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** A few changes, half of them in the first bytes, where most formats keep their structure. */
export function damagedBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let out = Uint8Array.from(bytes);
  if (random(6) === 0) out = out.slice(0, random(out.length + 1));
  if (random(12) === 0) out = joined(out, out.subarray(random(out.length + 1)));
  for (let changes = 1 + random(6); changes > 0 && out.length > 0; changes--) {
    const at = random(2) ? random(out.length) : random(Math.min(out.length, 512));
    switch (random(5)) {
      case 0:
        out[at] = random(256);
        break;
      case 1:
        out[at]! ^= 1 << random(8);
        break;
      case 2: {
        const view = new DataView(out.buffer, out.byteOffset);
        const value = pick(random, LARGE);
        if (at + 4 <= out.length) view.setUint32(at, value, random(2) === 0);
        break;
      }
      case 3: {
        const from = random(out.length);
        out.copyWithin(at, from, from + 1 + random(64));
        break;
      }
      default: {
        const size = 1 + random(16);
        out = random(2)
          ? joined(out.slice(0, at), out.subarray(at + size))
          : joined(out.slice(0, at + size), out.subarray(at));
      }
    }
  }
  return out;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(first.length + second.length);
  out.set(first);
  out.set(second, first.length);
  return out;
}
