/** Galleries as JSON Lines, for other programs: one line about the encoder, then one for each exemplar. */
import { SiameseError } from '../errors.js';
import type { EnrolledGallery, Exemplar } from './gallery.js';

const SCHEMA = 'siamese.gallery.export/1';

interface Head {
  schema: typeof SCHEMA;
  encoder: string;
  caffemodel: string;
  encoding: string;
  dimension: number;
}

interface Line {
  class: string;
  image: string;
  sha256: string;
  encoding: number[];
}

export function* galleryLines(gallery: EnrolledGallery): Generator<string> {
  const { encoder, caffemodel, encoding, dimension, classes } = gallery;
  yield JSON.stringify({ schema: SCHEMA, encoder, caffemodel: caffemodel.file, encoding, dimension } satisfies Head);
  for (const { name, exemplars } of classes) {
    for (const { digest, image, encoding: values } of exemplars) {
      const line: Line = {
        class: name,
        image,
        sha256: Buffer.from(digest).toString('hex'),
        encoding: Array.from(values, shortest),
      };
      yield JSON.stringify(line);
    }
  }
}

/** Throws SiameseError('input') for lines of another encoder than `encoder`, and for what is no export. */
export function readGalleryLines(text: string, file: string, encoder: string): Map<string, Exemplar[]> {
  const [first = '', ...rest] = text.split(/\r?\n/);
  const head = parse(first, file, 1) as Partial<Head>;
  const { dimension } = head;
  if (head.schema !== SCHEMA || !Number.isSafeInteger(dimension))
    throw bad(file, 1, `it does not begin with "${SCHEMA}"`);
  if (head.encoder !== encoder) {
    throw new SiameseError(
      'input',
      `${file} does not belong to this net: it was exported for ${head.caffemodel ?? 'another'}`,
      {
        help: 'encodings of another net mean nothing here; import the images instead',
      },
    );
  }
  const classes = new Map<string, Exemplar[]>();
  for (const [i, line] of rest.entries()) {
    if (line === '') continue;
    const { class: name, image = '', sha256 = '', encoding } = parse(line, file, i + 2) as Partial<Line>;
    const named = typeof name === 'string' && /^[0-9a-f]{64}$/.test(sha256);
    if (!named || !encoding || encoding.length !== dimension || !encoding.every(Number.isFinite))
      throw bad(file, i + 2, 'wanted: class, image, sha256 and encoding');
    const exemplars = classes.get(name) ?? [];
    exemplars.push({
      encoding: Float32Array.from(encoding),
      digest: new Uint8Array(Buffer.from(sha256, 'hex')),
      image,
    });
    classes.set(name, exemplars);
  }
  return classes;
}

function parse(line: string, file: string, number: number): unknown {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw bad(file, number, (cause as Error).message);
  }
  throw bad(file, number, 'it is no object');
}

function bad(file: string, line: number, why: string): SiameseError {
  return new SiameseError('input', `this is no exported gallery: ${why}`, { at: { file, line, column: 1 } });
}

/** Nine digits tell every 32-bit float from its neighbours. */
function shortest(value: number): number {
  return Number(value.toPrecision(9));
}
