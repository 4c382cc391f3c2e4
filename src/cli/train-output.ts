/** What `train` shows of a solver's events: Caffe's log where piped, a bar and short lines on a terminal, or JSON lines. */
import type { LabelStatistics } from '../data/feed.js';
import type { OutputValue, SnapshotFiles, SolverEvent } from '../solver/events.js';
import { formatG, glog, logLines } from '../solver/log.js';
import type { FlagValues } from './flags.js';
import { clock, Progress } from './progress.js';
import type { Terminal } from './terminal.js';

/** What of a run goes into the final JSON object. */
export interface RunSummary {
  iteration: number;
  maxIter: number;
  loss: number | undefined;
  displays: object[];
  tests: object[];
  snapshots: SnapshotFiles[];
  stoppedEarly: boolean;
  /** Share of the iterations' time in which the engine waited for data, 0 to 1. */
  dataWait: number | undefined;
}

export class TrainOutput {
  readonly summary: RunSummary = {
    iteration: 0,
    maxIter: 0,
    loss: undefined,
    displays: [],
    tests: [],
    snapshots: [],
    stoppedEarly: false,
    dataWait: undefined,
  };
  private progress: Progress | undefined;
  private readonly log: boolean;

  constructor(
    private readonly terminal: Terminal,
    private readonly flags: FlagValues,
  ) {
    this.log = !terminal.watched || terminal.verbose;
  }

  readonly listen = (event: SolverEvent): void => {
    this.remember(event);
    if (event.type === 'warning') this.terminal.warn(event.warning);
    else if (this.log) for (const line of logLines(event)) this.terminal.talk(glog(line));
    if (this.terminal.watched) this.show(event);
    if (this.flags.jsonl) this.stream(event);
  };

  /** Takes the bar away; the terminal is free for last words. */
  finish(): void {
    this.progress?.finish();
    this.progress = undefined;
  }

  private remember(event: SolverEvent): void {
    const { summary } = this;
    if (event.type === 'solving') Object.assign(summary, { iteration: event.iteration, maxIter: event.maxIter });
    if (event.type === 'progress') Object.assign(summary, { iteration: event.iteration, loss: event.loss });
    if (event.type === 'display') summary.displays.push(displayJson(event));
    if (event.type === 'test') summary.tests.push(testJson(event));
    if (event.type === 'snapshot') summary.snapshots.push(event.files);
    if (event.type === 'stopped') summary.stoppedEarly = true;
    if (event.type === 'done') summary.iteration = event.iteration;
    if (event.type === 'stopped' || event.type === 'done') summary.dataWait = event.dataWait;
  }

  private show(event: SolverEvent): void {
    const { terminal } = this;
    const short = (text: string) => {
      if (!this.log) terminal.talk(text);
    };
    switch (event.type) {
      case 'resuming':
        short(`going on at iteration ${event.iteration} of ${event.file}`);
        break;
      case 'weights':
        short(`weights from ${event.file}`);
        break;
      case 'solving':
        short(`training ${terminal.talkPaint('bold', event.net || 'the net')}, ${event.maxIter} iterations`);
        this.progress = new Progress(terminal, 'iter', event.maxIter, event.iteration);
        this.progress.show();
        break;
      case 'testing':
        this.progress?.say('testing');
        break;
      case 'snapshotting':
        this.progress?.say('snapshot, centroids');
        break;
      case 'progress':
        this.progress?.update(event.iteration, event.loss);
        break;
      case 'display':
        short(`${place(event.iteration)}  loss ${formatG(event.smoothedLoss)}  lr ${formatG(event.lr)}`);
        for (const [layer, statistics] of Object.entries(event.statistics ?? {})) short(labelTable(layer, statistics));
        break;
      case 'test':
        short(`${place(event.iteration)}  ${terminal.talkPaint('cyan', 'test')}  ${outputs(event.outputs)}`);
        break;
      case 'snapshot':
        short(`${place(event.files.iteration)}  snapshot ${event.files.caffemodel}`);
        break;
      case 'stopped':
        short(`stopped at iteration ${event.iteration}`);
        break;
    }
  }

  private stream(event: SolverEvent): void {
    if (event.type === 'display') this.terminal.outJson('siamese.train.display/1', displayJson(event));
    if (event.type === 'test') this.terminal.outJson('siamese.train.test/1', testJson(event));
    if (event.type === 'snapshot') this.terminal.outJson('siamese.train.snapshot/1', event.files);
  }
}

/** `trained to iteration 6000 in 2:05, loss 0.0123, waiting for data 0.2 % of the time`. */
export function lastWords({ iteration, loss, dataWait }: RunSummary, seconds: number): string {
  const words = [`trained to iteration ${iteration} in ${clock(seconds)}`];
  if (loss !== undefined) words.push(`loss ${formatG(loss)}`);
  if (dataWait !== undefined && loss !== undefined) words.push(`waiting for data ${percent(dataWait)} of the time`);
  return words.join(', ');
}

/** Above this share of waiting, the data set is worth another form. */
const MUCH_WAITING = 0.1;

/** What helps where the engine waited long for its data. */
export function dataAdvice({ dataWait = 0 }: RunSummary): string | undefined {
  if (dataWait < MUCH_WAITING) return undefined;
  return `the engine waited ${percent(dataWait)} of the time for data; records of the right size, without images to decode, are read faster: siamese data import --size HxW`;
}

/** `0.2 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

const place = (iteration: number) => `iteration ${String(iteration).padStart(6)}`;

function outputs(values: readonly OutputValue[]): string {
  const shown = values.slice(0, 8).map(({ name, value }) => `${name} ${formatG(value)}`);
  if (values.length > shown.length) shown.push(`and ${values.length - shown.length} more`);
  return shown.join('  ');
}

function labelTable(layer: string, { labels }: LabelStatistics): string {
  const widths = [7, 9, 8, 10, 9, 11] as const;
  const row = (cells: readonly (string | number)[]) =>
    cells.map((cell, i) => String(cell).padStart(widths[i]!)).join('');
  return [
    `  label queries of ${layer}`,
    row(['label', 'hit %', 'epoch', 'primary', 'same', 'different']),
    ...labels.map((l) => row([l.label, l.percent.toFixed(2), l.epoch.toFixed(2), l.primary, l.same, l.different])),
  ].join('\n');
}

function displayJson({ type, ...event }: Extract<SolverEvent, { type: 'display' }>): object {
  return { ...event, outputs: event.outputs.map(({ name, value }) => ({ name, value })) };
}

function testJson(event: Extract<SolverEvent, { type: 'test' }>): object {
  const { iteration, net, outputs: values, loss } = event;
  return { iteration, net, loss, outputs: values.map(({ name, value }) => ({ name, value })) };
}
