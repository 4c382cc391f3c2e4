/** Encodings as files: CSV and JSON lines with keys and labels, NPY as a bare matrix of float32. */

export type EncodingFormat = 'csv' | 'jsonl' | 'npy';

export interface EncodedRow {
  key: string;
  label?: number | undefined;
  /** The class's name, where it has one. */
  name?: string | undefined;
}

export interface EncodingText {
  /** What comes before the first row. */
  head: Uint8Array | string;
  /** `encodings` holds `dimension` numbers for each row. */
  rows(rows: readonly EncodedRow[], encodings: Float32Array): Uint8Array | string;
}

export function formatByName(file: string): EncodingFormat | undefined {
  const extension = /\.(csv|jsonl|ndjson|npy)$/i.exec(file)?.[1]?.toLowerCase();
  return extension === 'ndjson' ? 'jsonl' : (extension as EncodingFormat | undefined);
}

export function encodingText(format: EncodingFormat, dimension: number, count: number): EncodingText {
  const each = (
    rows: readonly EncodedRow[],
    encodings: Float32Array,
    line: (row: EncodedRow, numbers: string) => string,
  ) =>
    rows
      .map((row, i) => {
        let numbers = '';
        for (let k = i * dimension; k < (i + 1) * dimension; k++)
          numbers += `${numbers && ','}${shortest(encodings[k]!)}`;
        return line(row, numbers);
      })
      .join('');
  switch (format) {
    case 'csv':
      return {
        head: `key,label,class,${Array.from({ length: dimension }, (_, k) => `e${k}`).join()}\n`,
        rows: (rows, encodings) =>
          each(rows, encodings, ({ key, label, name }, numbers) => {
            return `${csvCell(key)},${label ?? ''},${csvCell(name ?? '')},${numbers}\n`;
          }),
      };
    case 'jsonl':
      return {
        head: '',
        rows: (rows, encodings) =>
          each(rows, encodings, ({ key, label, name }, numbers) => {
            const about = JSON.stringify({ key, label, class: name });
            return `${about.slice(0, -1)},"encoding":[${numbers.replace(/-?(NaN|Infinity)/g, 'null')}]}\n`;
          }),
      };
    case 'npy':
      return { head: npyHead(dimension, count), rows: (_, encodings) => littleEndian(encodings) };
  }
}

/** Nine digits bring every float32 back; zeros at their end say nothing. */
function shortest(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const digits = value.toPrecision(9);
  if (digits.includes('e')) return digits.replace(/\.?0+e/, 'e');
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48) end--;
  return digits.slice(0, end);
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Version 1.0 of NumPy's format: magic, length, and a Python dictionary padded to 64 bytes. */
function npyHead(dimension: number, count: number): Uint8Array {
  const start = 10;
  const words = `{'descr': '<f4', 'fortran_order': False, 'shape': (${count}, ${dimension}), }`;
  const padded = `${words.padEnd(Math.ceil((start + words.length + 1) / 64) * 64 - start - 1)}\n`;
  const head = Buffer.alloc(start + padded.length);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(padded.length, 8);
  head.write(padded, start, 'latin1');
  return head;
}

/** The platforms that the engine runs on are little-endian themselves. */
function littleEndian(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
