/** Checksums of file formats: CRC-32 as in PNG and gzip, and CRC-32C (Castagnoli) as in LevelDB. */

const SLICES = 8;
const IEEE = makeTables(0xedb88320);
const CASTAGNOLI = makeTables(0x82f63b78);

export function crc32(bytes: Uint8Array): number {
  return crc(IEEE, bytes, 0);
}

export function crc32c(bytes: Uint8Array): number {
  return crc(CASTAGNOLI, bytes, 0);
}

/** Table k gives a byte's share of the remainder with k zero bytes after it, so that eight bytes go at once. */
function makeTables(polynomial: number): Int32Array[] {
  const tables = Array.from({ length: SLICES }, () => new Int32Array(256));
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    tables[0]![i] = value;
  }
  for (let k = 1; k < SLICES; k++) {
    for (let i = 0; i < 256; i++) {
      const before = tables[k - 1]![i]!;
      tables[k]![i] = (before >>> 8) ^ tables[0]![before & 255]!;
    }
  }
  return tables;
}

function crc(tables: Int32Array[], b: Uint8Array, start: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  let c = ~start;
  let i = 0;
  for (const last = b.length - 7; i < last; i += 8) {
    const low = c ^ (b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24));
    c =
      t7[low & 255]! ^
      t6[(low >>> 8) & 255]! ^
      t5[(low >>> 16) & 255]! ^
      t4[low >>> 24]! ^
      t3[b[i + 4]!]! ^
      t2[b[i + 5]!]! ^
      t1[b[i + 6]!]! ^
      t0[b[i + 7]!]!;
  }
  for (; i < b.length; i++) c = (c >>> 8) ^ t0[(c ^ b[i]!) & 255]!;
  return ~c >>> 0;
}
