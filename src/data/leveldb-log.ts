/** LevelDB's log format, in which its logs and manifests are written: checks that one is whole. */
import { crc32c } from './crc32.js';
import { corrupt, truncated, unmask } from './leveldb-damage.js';

/** A log is a row of blocks; a record that does not fit goes on in the next. */
const LOG_BLOCK = 32768;
const LOG_HEADER = 7; // u32 checksum, u16 length, u8 type
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

export function checkLog(log: Uint8Array, name: string): void {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  let inside = false;
  for (let at = 0; at < log.length; ) {
    const left = LOG_BLOCK - (at % LOG_BLOCK);
    if (left < LOG_HEADER) {
      at += left;
      continue;
    }
    if (at + LOG_HEADER > log.length) throw truncated(name);
    const size = view.getUint16(at + 4, true);
    const type = log[at + 6]!;
    if (type === 0 && size === 0) {
      at += left; // room set aside and not used
      continue;
    }
    if (size > left - LOG_HEADER) throw corrupt(name, at);
    if (at + LOG_HEADER + size > log.length) throw truncated(name);
    if (unmask(view.getUint32(at, true)) !== crc32c(log.subarray(at + 6, at + LOG_HEADER + size)))
      throw corrupt(name, at);
    const starts = type === FULL || type === FIRST;
    if ((!starts && type !== MIDDLE && type !== LAST) || starts === inside) throw corrupt(name, at);
    inside = type === FIRST || type === MIDDLE;
    at += LOG_HEADER + size;
  }
  if (inside) throw truncated(name);
}
