/** The run lengths of Windows bitmaps (RLE8, RLE4): colour numbers, the bottom row first. */

/** Fills `out` (top row first, zeros where nothing is said); throws what `fail` makes of data that do not fit. */
export function expandRuns(
  data: Uint8Array,
  width: number,
  height: number,
  halfBytes: boolean,
  out: Uint8Array,
  fail: (what: string) => Error,
): void {
  let at = 0;
  let [x, y] = [0, 0]; // y counts from the bottom
  const next = (): number => {
    const byte = data[at++];
    if (byte === undefined) throw fail('its image data is truncated');
    return byte;
  };
  const put = (index: number) => {
    if (x >= width || y >= height) throw fail('a run leaves the image');
    out[(height - 1 - y) * width + x++] = index;
  };
  const half = (byte: number, i: number) => (i % 2 === 0 ? byte >> 4 : byte & 15);
  for (;;) {
    const count = next();
    const value = next();
    if (count > 0) {
      for (let i = 0; i < count; i++) put(halfBytes ? half(value, i) : value);
    } else if (value === 0) {
      x = 0; // end of row
      y++;
    } else if (value === 1) {
      return; // end of image
    } else if (value === 2) {
      x += next();
      y += next();
    } else {
      // `value` pixels as they are, padded to 16 bits.
      const start = at;
      let byte = 0;
      for (let i = 0; i < value; i++) {
        if (!halfBytes || i % 2 === 0) byte = next();
        put(halfBytes ? half(byte, i) : byte);
      }
      if ((at - start) % 2 !== 0) at++;
    }
  }
}
