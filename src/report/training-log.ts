/** Losses, outputs and learning rates of a training: from Caffe's log, from `train --jsonl`, or from `train --json`. */

export interface Series {
  /** "train loss", "test accuracy", ... */
  name: string;
  phase: 'train' | 'test' | 'rate';
  iterations: number[];
  values: number[];
}

interface Event {
  schema?: string;
  iteration?: number;
  net?: number;
  loss?: number;
  smoothedLoss?: number;
  lr?: number;
  outputs?: { name: string; value: number }[];
  displays?: Event[];
  tests?: Event[];
}

/** Series in order of their first point; empty for a text that is no log. A run that was resumed goes on in the same ones. */
export function readTrainingLog(text: string): Series[] {
  const log = new Collector();
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('{')) log.json(line);
    else log.caffe(line);
  }
  return log.series();
}

class Collector {
  private readonly known = new Map<string, Series & { at: Map<number, number> }>();
  private iteration = 0;
  private net = 0;

  json(line: string): void {
    let event: Event;
    try {
      event = JSON.parse(line) as Event;
    } catch {
      return; // another program's line, or one cut off
    }
    if (event.schema === 'siamese.train.display/1') this.display(event);
    else if (event.schema === 'siamese.train.test/1') this.test(event);
    else if (event.schema === 'siamese.train/1') {
      for (const display of event.displays ?? []) this.display(display);
      for (const test of event.tests ?? []) this.test(test);
    }
  }

  /** One line of Caffe's log, whatever stands before the message. */
  caffe(line: string): void {
    const iteration = /\] Iteration (\d+)/.exec(line);
    if (iteration) this.iteration = Number(iteration[1]);
    const testing = /Testing net \(#(\d+)\)/.exec(line);
    if (testing) this.net = Number(testing[1]);
    const loss = /\] Iteration \d+.*, loss = (\S+)/.exec(line);
    if (loss) this.add('train loss', 'train', this.iteration, Number(loss[1]));
    const rate = /\] Iteration \d+, lr = (\S+)/.exec(line);
    if (rate) this.add('learning rate', 'rate', this.iteration, Number(rate[1]));
    const output = /(Test|Train) net output #\d+: (\S+) = (\S+)/.exec(line);
    if (!output) return;
    const [, phase, name, value] = output;
    if (phase === 'Test') this.add(testName(this.net, name!), 'test', this.iteration, Number(value));
    // The loss itself is in the line before, averaged over average_loss iterations.
    else if (!/loss/i.test(name!)) this.add(`train ${name}`, 'train', this.iteration, Number(value));
  }

  series(): Series[] {
    return [...this.known.values()].map(({ at, ...series }) => {
      const points = [...at].sort(([a], [b]) => a - b);
      return { ...series, iterations: points.map(([i]) => i), values: points.map(([, value]) => value) };
    });
  }

  private display({ iteration = 0, smoothedLoss, loss, lr, outputs = [] }: Event): void {
    this.add('train loss', 'train', iteration, smoothedLoss ?? loss ?? Number.NaN);
    if (lr !== undefined) this.add('learning rate', 'rate', iteration, lr);
    for (const { name, value } of outputs)
      if (!/loss/i.test(name)) this.add(`train ${name}`, 'train', iteration, value);
  }

  private test({ iteration = 0, net = 0, outputs = [] }: Event): void {
    for (const { name, value } of outputs) this.add(testName(net, name), 'test', iteration, value);
  }

  private add(name: string, phase: Series['phase'], iteration: number, value: number): void {
    if (!this.known.has(name)) this.known.set(name, { name, phase, iterations: [], values: [], at: new Map() });
    this.known.get(name)!.at.set(iteration, value);
  }
}

const testName = (net: number, name: string) => `test ${name}${net > 0 ? ` (net ${net})` : ''}`;
