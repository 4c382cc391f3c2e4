/** Caffe's log lines from a solver's events, word for word: tools that parse Caffe's logs parse these. */
import { formatError } from '../errors.js';
import type { DisplayEvent, OutputValue, SolverEvent } from './events.js';

export interface LogLine {
  severity: 'I' | 'W' | 'E';
  /** Caffe's own source place, which log parsers and their users know. */
  source: string;
  text: string;
}

/** The lines that Caffe would log, in order; none for events that only a progress bar wants. */
export function logLines(event: SolverEvent): LogLine[] {
  switch (event.type) {
    case 'initializing':
      return [info('solver.cpp:45', `Initializing solver from parameters: \n${event.text.trimEnd()}`)];
    case 'net':
      return event.phase === 'TRAIN'
        ? [
            info(
              'solver.cpp:102',
              `Creating training net ${event.from.includes(':') ? 'from' : 'specified in'} ${event.from}`,
            ),
          ]
        : [info('solver.cpp:190', `Creating test net (#${event.index}) specified by ${event.from}`)];
    case 'seed':
      return [info('solver.cpp:50', `random_seed: ${event.seed} (from the clock; give it to repeat this run)`)];
    case 'ready':
      return [info('solver.cpp:57', 'Solver scaffolding done.')];
    case 'weights':
      return [
        info('solver.cpp:72', `Finetuning from ${event.file}`),
        ...event.ignored.map((layer) => info('net.cpp:744', `Ignoring source layer ${layer}`)),
        ...event.missing.map((layer) => info('net.cpp:744', `Layer ${layer} is not in the file and keeps its fill`)),
      ];
    case 'resuming':
      return [
        info('caffe.cpp:235', `Resuming from ${event.file}`),
        event.data === 'continues'
          ? info('solver.cpp:295', 'Data, generators and smoothed loss go on where that run stood')
          : warn('solver.cpp:295', `Data restarts at record 0: ${event.reason}`),
      ];
    case 'solving':
      return [
        info('caffe.cpp:239', 'Starting Optimization'),
        info('solver.cpp:289', `Solving ${event.net}`),
        info('solver.cpp:290', `Learning Rate Policy: ${event.policy}`),
      ];
    case 'display':
      return displayLines(event);
    case 'debug':
      return event.lines.map(debugLine);
    case 'step':
      return [stepLine(event.iteration, event.step)];
    case 'testing':
      return [info('solver.cpp:347', `Iteration ${event.iteration}, Testing net (#${event.net})`)];
    case 'test':
      return [
        ...(event.loss === undefined ? [] : [info('solver.cpp:401', `Test loss: ${formatG(event.loss)}`)]),
        ...event.outputs.map((output, i) => info('solver.cpp:414', outputText('Test', i, output))),
      ];
    case 'test-interrupted':
      return [info('solver.cpp:395', 'Test interrupted.')];
    case 'snapshotting':
      return event.what === 'caffemodel'
        ? [info('solver.cpp:464', `Snapshotting to ${formatOf(event.file)} file ${event.file}`)]
        : [info('sgd_solver.cpp:284', `Snapshotting solver state to ${formatOf(event.file)} file ${event.file}`)];
    case 'final':
      return [info('solver.cpp:327', `Iteration ${event.iteration}, loss = ${formatG(event.smoothedLoss)}`)];
    case 'stopped':
      return [info('solver.cpp:315', 'Optimization stopped early.'), info('caffe.cpp:250', 'Optimization Done.')];
    case 'done':
      return [info('solver.cpp:332', 'Optimization Done.'), info('caffe.cpp:250', 'Optimization Done.')];
    case 'warning':
      return [warn('solver.cpp:45', formatError(event.warning, 'warning'))];
    case 'restart':
      return [info('data_layer.cpp:73', 'Restarting data prefetching from start.')];
    case 'progress':
    case 'snapshot':
      return [];
  }
}

function formatOf(file: string): string {
  return file.endsWith('.h5') ? 'HDF5' : 'binary proto';
}

/** A line with glog's prefix: severity and date, time, process, source. */
export function glog(line: LogLine, ms = performance.timeOrigin + performance.now(), pid = process.pid): string {
  const now = new Date(ms);
  const two = (n: number) => String(n).padStart(2, '0');
  const date = two(now.getMonth() + 1) + two(now.getDate());
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  const micros = Math.floor((ms % 1000) * 1000);
  const prefix = `${line.severity}${date} ${time}.${String(micros).padStart(6, '0')} ${String(pid).padStart(5)}`;
  return `${prefix} ${line.source}] ${line.text}`;
}

/**
 * A number as a C++ stream prints it by default: %g with 6 significant digits, ties to even.
 * `nan` is without a sign, because Caffe's log parser fails on "-nan".
 */
export function formatG(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [mantissa, exponentText] = roundSix(value).toExponential(5).split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 6) {
    const sign = exponent < 0 ? '-' : '+';
    return `${stripZeros(mantissa)}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  return stripZeros(Number(`${mantissa}e${exponent}`).toFixed(5 - exponent));
}

function displayLines(event: DisplayEvent): LogLine[] {
  const { iteration, display } = event;
  const pace = `${formatG(event.iterationsPerSecond)} iter/s, ${formatG(event.seconds)}s/${display} iters`;
  const lines = [info('solver.cpp:239', `Iteration ${iteration} (${pace}), loss = ${formatG(event.smoothedLoss)}`)];
  event.outputs.forEach((output, i) => {
    lines.push(info('solver.cpp:258', outputText('Train', i, output)));
  });
  if (event.step !== undefined) lines.push(stepLine(iteration, event.step));
  lines.push(info('sgd_solver.cpp:112', `Iteration ${iteration}, lr = ${formatG(event.lr)}`));
  if (event.encodings) {
    const { same, different, variance, activeNegatives } = event.encodings;
    const apart = `same class ${formatG(same)}, different ${formatG(different)}, variance ${formatG(variance)}`;
    const active = Number.isNaN(activeNegatives) ? '' : `, active negatives ${(100 * activeNegatives).toFixed(0)} %`;
    lines.push(info('solver.cpp:258', `    Encodings: distance within ${apart}${active}`));
  }
  for (const [layer, { labels }] of Object.entries(event.statistics ?? {})) {
    const percent = labels.map((l) => `${l.label}: ${l.percent.toFixed(2)} %`).join(', ');
    const epoch = labels.map((l) => `${l.label}: ${l.epoch.toFixed(2)}`).join(', ');
    lines.push(info('data_layer.cpp:73', `    ${layer} label query hit percent {${percent}}`));
    lines.push(info('data_layer.cpp:73', `    ${layer} label query epoch {${epoch}}`));
  }
  return lines;
}

function stepLine(iteration: number, step: number): LogLine {
  return info('sgd_solver.cpp:50', `MultiStep Status: Iteration ${iteration}, step = ${step}`);
}

function outputText(phase: 'Train' | 'Test', index: number, output: OutputValue): string {
  const { name, value, lossWeight } = output;
  const loss = lossWeight ? ` (* ${formatG(lossWeight)} = ${formatG(Math.fround(lossWeight * value))} loss)` : '';
  return `    ${phase} net output #${index}: ${name} = ${formatG(value)}${loss}`;
}

function debugLine(text: string): LogLine {
  if (text.includes('All net params')) return { severity: 'E', source: 'net.cpp:671', text };
  const param = text.includes('param blob');
  if (text.includes('[Forward]')) return info(param ? 'net.cpp:603' : 'net.cpp:591', text);
  return info(param ? 'net.cpp:630' : 'net.cpp:619', text);
}

const info = (source: string, text: string): LogLine => ({ severity: 'I', source, text });
const warn = (source: string, text: string): LogLine => ({ severity: 'W', source, text });

/** toExponential rounds an exact tie up; C rounds it to even. Steps such a number off its tie. */
function roundSix(value: number): number {
  const digits = value.toExponential(40);
  const tie = /^-?\d\.\d{4}(\d)50*e/.exec(digits);
  return tie && Number(tie[1]) % 2 === 0 ? value * (1 - Number.EPSILON) : value;
}

function stripZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
