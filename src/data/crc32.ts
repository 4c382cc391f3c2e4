/** Checksums of file formats: CRC-32 as in PNG and gzip, and CRC-32C (Castagnoli) as in LevelDB. */

const SLICES = 8;
const IEEE = 0xedb88320;
const CASTAGNOLI = 0x82f63b78;
/** From so many bytes on, all tables are worth making. */
const LONG = 1 << 14;
const tables = new Map<number, Int32Array[]>();

export function crc32(bytes: Uint8Array): number {
  return crc(tablesOf(IEEE, bytes.length), bytes, 0);
}

export function crc32c(bytes: Uint8Array): number {
  return crc(tablesOf(CASTAGNOLI, bytes.length), bytes, 0);
}

/** The first table, or all of them, made when they are needed first. */
function tablesOf(polynomial: number, length: number): Int32Array[] {
  const known = tables.get(polynomial) ?? [firstTable(polynomial)];
  tables.set(polynomial, known);
  if (length >= LONG && known.length === 1) addSlices(known);
  return known;
}

/** What each byte leaves over. */
function firstTable(polynomial: number): Int32Array {
  const table = new Int32Array(256);
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1;
    table[i] = value;
  }
  return table;
}

/** Table k gives a byte's share of the remainder with k zero bytes after it, so that eight bytes go at once. */
function addSlices(made: Int32Array[]): void {
  const first = made[0]!;
  while (made.length < SLICES) {
    const before = made.at(-1)!;
    made.push(first.map((_, i) => (before[i]! >>> 8) ^ first[before[i]! & 255]!));
  }
}

function crc(slices: Int32Array[], b: Uint8Array, start: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = slices as [
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
  for (const last = slices.length === SLICES ? b.length - 7 : 0; i < last; i += 8) {
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
