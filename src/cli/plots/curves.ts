/** siamese plot curves: losses and accuracies from logs. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../../errors.js';
import { curves, readTrainingLog, type Series } from '../../report/index.js';
import { usageError } from '../call.js';
import type { Plot } from './plot.js';

const STDIN = 0;

export function plotCurves(files: readonly string[]): Plot {
  if (files.length === 0) throw usageError('plot curves needs a log', 'siamese plot curves train.log');
  const series = files.flatMap((file) => {
    const name = files.length > 1 ? `${path.basename(file).replace(/\.\w+$/, '')}: ` : '';
    return readLog(file).map((one) => ({ ...one, name: name + one.name }));
  });
  const title = files.map((file) => (file === '-' ? 'standard input' : path.basename(file))).join(', ');
  const points = series.map(({ name, iterations, values }) => ({
    name,
    points: iterations.length,
    last: values.at(-1),
  }));
  return { picture: curves(series, { title }), about: { series: points } };
}

/** Refuses a text without a single point: an empty picture would say nothing. */
export function readLog(file: string): Series[] {
  let text: string;
  try {
    text = readFileSync(file === '-' ? STDIN : file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new SiameseError('input', `cannot open log ${file}: ${reason}`, { cause });
  }
  const series = readTrainingLog(text);
  if (series.length > 0) return series;
  throw new SiameseError('input', `${file} is no log of a training: it has no line "Iteration N ..., loss = ..."`, {
    help: 'siamese train ... 2> train.log writes one, and so does --jsonl > train.jsonl',
  });
}
