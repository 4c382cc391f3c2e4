/** siamese embed: encodings of images, folders and databases as CSV, JSON lines or NPY. */
import { Encoder } from '../../match/encoder.js';
import type { RecordShape } from '../../match/tower-net.js';
import { AtomicFile, writeFileAtomic } from '../../proto/atomic.js';
import { readWeights } from '../../proto/files.js';
import { type Call, usageError } from '../call.js';
import { type EmbedSource, embedSources, records } from '../embed-sources.js';
import { type EncodedRow, type EncodingFormat, encodingText, formatByName } from '../encoding-formats.js';
import { imageNames } from '../images.js';
import { refuseExisting } from '../output-file.js';
import { Progress } from '../progress.js';
import { chosenDevice } from '../solver-mode.js';
import { standardOutput } from '../standard-streams.js';
import { findCaffemodel, findCentroids } from '../trained.js';
import { TrainedNet } from '../trained-nets.js';

export async function run(call: Call): Promise<number> {
  const { flags, terminal } = call;
  const output = flags.output === '-' ? undefined : flags.output;
  const format = formatOf(call, output);
  if (output !== undefined) refuseExisting(output, call);
  else if (terminal.json && !flags.jsonl) throw usageError('embed --json needs --output FILE for the encodings');
  const { encoderFor, sources, dispose } = await open(call);
  const started = performance.now();
  try {
    const count = sources.reduce((sum, source) => sum + source.count, 0);
    const file = output === undefined ? undefined : new AtomicFile(output);
    const write = (bytes: Uint8Array | string) => (file ? file.write(bytes) : standardOutput.write(bytes));
    try {
      const { dimension, rows } = await writeAll(sources, encoderFor, { format, count, write, call });
      file?.commit();
      if (output !== undefined && format === 'npy') writeSidecars(output, rows);
      const seconds = (performance.now() - started) / 1000;
      const rate = `${count} ${count === 1 ? 'encoding' : 'encodings'} of ${dimension} numbers in ${seconds.toFixed(2)} s`;
      if (terminal.json && output !== undefined) {
        terminal.outJson('siamese.embed/1', { output, format, count, dimension, seconds: Number(seconds.toFixed(3)) });
      } else if (output !== undefined) terminal.out(output);
      terminal.talk(rate);
    } finally {
      file?.abort();
    }
  } finally {
    dispose();
    for (const source of sources) await source.close();
  }
  return 0;
}

interface Opened {
  encoderFor: (shape: RecordShape) => Encoder;
  sources: EmbedSource[];
  dispose(): void;
}

/** Encoder and sources: those on the line, else the test records of the trained net. */
async function open(call: Call): Promise<Opened> {
  const { flags, args, terminal } = call;
  const tell = (note: string) => terminal.talk(`note: ${note}`);
  const caffemodel = findCaffemodel(call);
  const encoders = new Map<string, Encoder>();
  const dispose = () => {
    for (const encoder of encoders.values()) encoder.dispose();
  };
  const names = args.length > 0 || flags['files-from'] !== undefined ? imageNames(call) : undefined;
  const found = findCentroids(caffemodel)?.centroids;
  const byNet = flags.model !== undefined || flags.solver !== undefined || flags.blob !== undefined || !found;
  if (!byNet && names) {
    const weights = readWeights(caffemodel);
    const { deploy, mean, encoding } = found;
    const options = { mean, encoding, threads: flags.threads, device: chosenDevice(call), weightsFile: caffemodel };
    const encoderFor = cached(encoders, (recordShape) => Encoder.fromNet(deploy, weights, { ...options, recordShape }));
    return { encoderFor, sources: await embedSources(names, found, tell), dispose };
  }
  const trained = TrainedNet.find(call);
  const test = await trained.data('TEST');
  const { channels, height, width } = test.source.info;
  const first = trained.encoder(test);
  encoders.set([channels, height, width].join(), first);
  const input = { deploy: first.deploy, mean: first.mean };
  const { param, level, stages } = test.request;
  const weights = readWeights(caffemodel);
  const device = chosenDevice(call);
  const options = { level, stages, encoding: flags.blob, mean: first.mean, threads: flags.threads, device };
  const encoderFor = cached(encoders, (recordShape) => Encoder.fromNet(param, weights, { ...options, recordShape }));
  if (!names) return { encoderFor, sources: [{ ...records(test.source), close: () => test.close() }], dispose };
  await test.close();
  return { encoderFor, sources: await embedSources(names, input, tell), dispose };
}

function cached(encoders: Map<string, Encoder>, make: (shape: RecordShape) => Encoder) {
  return (shape: RecordShape): Encoder => {
    const key = shape.join();
    if (!encoders.has(key)) encoders.set(key, make(shape));
    return encoders.get(key)!;
  };
}

interface Writing {
  format: EncodingFormat;
  count: number;
  write(bytes: Uint8Array | string): Promise<void> | void;
  call: Call;
}

/** While one chunk is written, the engine computes the next. */
async function writeAll(
  sources: readonly EmbedSource[],
  encoderFor: Opened['encoderFor'],
  { format, count, write, call: { terminal } }: Writing,
): Promise<{ dimension: number; rows: EncodedRow[] }> {
  const progress = terminal.watched ? new Progress(terminal, '%', 100) : undefined;
  const kept: EncodedRow[] = [];
  let done = 0;
  let dimension = 0;
  let text: ReturnType<typeof encodingText> | undefined;
  try {
    for (const source of sources) {
      const chunks = source.chunks(encoderFor);
      let next = chunks.next();
      for (;;) {
        const { value, done: last } = await next;
        if (last) break;
        next = chunks.next();
        next.catch(() => {}); // reported when it is awaited
        const { rows, encodings } = value;
        if (!text) {
          dimension = encodings.length / rows.length;
          text = encodingText(format, dimension, count);
          await write(text.head);
        }
        await write(text.rows(rows, encodings));
        if (format === 'npy') kept.push(...rows);
        done += rows.length;
        progress?.update(Math.round((100 * done) / count));
      }
    }
  } finally {
    progress?.finish();
  }
  return { dimension, rows: kept };
}

/** A matrix has no place for them: keys, and labels where there are some, as lines of text beside it. */
function writeSidecars(output: string, rows: readonly EncodedRow[]): void {
  const base = output.replace(/\.npy$/i, '');
  const lines = (cells: readonly string[]) => `${cells.join('\n')}\n`;
  writeFileAtomic(`${base}_keys.txt`, lines(rows.map(({ key }) => key)));
  if (rows.some(({ label }) => label !== undefined)) {
    writeFileAtomic(`${base}_labels.txt`, lines(rows.map(({ label }) => String(label ?? -1))));
  }
}

function formatOf({ flags }: Call, output: string | undefined): EncodingFormat {
  if (flags.jsonl) return 'jsonl';
  const format = flags.format ?? (output === undefined ? 'csv' : formatByName(output));
  if (format) return format;
  throw usageError(`${output}: which form?`, 'name it .csv, .jsonl or .npy, or give --format');
}
