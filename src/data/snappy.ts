/** Snappy's raw format, decompression only: LevelDB's index blocks are read with it when a database is checked. */

/** The content, or undefined when the bytes are no whole Snappy block. */
export function snappyUncompress(bytes: Uint8Array): Uint8Array | undefined {
  let size = 0;
  let at = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined || shift > 28) return undefined;
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  // No Snappy element expands to more than 64 bytes from 2, so a size beyond that is damage, not data.
  if (size > bytes.length * 64) return undefined;

  const out = new Uint8Array(size);
  let to = 0;
  while (at < bytes.length) {
    const tag = bytes[at++]!;
    if ((tag & 3) === 0) {
      let length = tag >> 2;
      if (length >= 60) {
        const lengthBytes = length - 59;
        length = 0;
        for (let i = 0; i < lengthBytes; i++) length += (bytes[at + i] ?? 0) * 2 ** (8 * i);
        at += lengthBytes;
      }
      length++;
      if (at + length > bytes.length || to + length > size) return undefined;
      out.set(bytes.subarray(at, at + length), to);
      at += length;
      to += length;
    } else {
      const offsetBytes = tag & 3;
      let length = (tag >> 2) + 1;
      let offset = 0;
      if (offsetBytes === 1) {
        length = ((tag >> 2) & 7) + 4;
        offset = ((tag >> 5) << 8) | (bytes[at++] ?? 0);
      } else {
        const wide = offsetBytes === 2 ? 2 : 4;
        for (let i = 0; i < wide; i++) offset += (bytes[at + i] ?? 0) * 2 ** (8 * i);
        at += wide;
      }
      if (offset === 0 || offset > to || to + length > size) return undefined;
      // Byte by byte: the copy may overlap itself, which is how runs are stored.
      for (let i = 0; i < length; i++, to++) out[to] = out[to - offset]!;
    }
  }
  return to === size ? out : undefined;
}
