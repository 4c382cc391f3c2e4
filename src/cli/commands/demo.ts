/** siamese demo: the commands of a first session, one after another, each shown before it runs. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import path from 'node:path';
import { SiameseError } from '../../errors.js';
import { packageRoot } from '../../package-root.js';
import { type Call, refuseArguments } from '../call.js';
import { clock } from '../progress.js';
import { newestSnapshot } from '../runs.js';

const MODEL = 'models/siamese_mnist';

interface Step {
  command: string;
  exitCode: number;
  seconds: number;
  /** Ctrl-C came: a training that stopped with its snapshot ends the demo all the same. */
  interrupted: boolean;
  result: unknown;
}

export async function run(call: Call): Promise<number> {
  refuseArguments(call);
  const { terminal, flags } = call;
  const started = performance.now();
  provideModel(call);
  const threads = call.given.has('threads') ? ['--threads', String(flags.threads)] : [];
  const steps: Step[] = [];
  const lines = [
    () => ['train', '--solver', `${MODEL}/solver_quick.prototxt`, ...threads],
    () => ['test', '--snapshot', newestSnapshot().file, ...threads],
    () => ['match', `${MODEL}/images/seven.png`, `${MODEL}/images/not_a_digit.png`],
  ];
  for (const line of lines) {
    const step = await runStep(call, line());
    steps.push(step);
    if (step.exitCode !== 0 || step.interrupted) break;
  }
  const seconds = (performance.now() - started) / 1000;
  const last = steps.at(-1)!;
  const exitCode = last.exitCode || (last.interrupted ? 130 : 0);
  if (terminal.json) terminal.outJson('siamese.demo/1', { seconds, exitCode, steps });
  if (exitCode !== 0) return exitCode;
  terminal.talk(`\ntrained, tested and matched in ${clock(seconds)}`);
  terminal.next('siamese plot, or siamese match with an image of your own (28 x 28, white on black)');
  return 0;
}

/** The model's files are named from the working directory, as Caffe's are: elsewhere they are copied there first. */
function provideModel({ terminal }: Call): void {
  if (existsSync(path.join(MODEL, 'solver_quick.prototxt'))) return;
  const from = path.join(packageRoot, MODEL);
  terminal.talk(terminal.talkPaint('bold', `$ cp -r ${from} ${MODEL}`));
  try {
    cpSync(from, MODEL, { recursive: true });
  } catch (cause) {
    throw new SiameseError('io', `cannot copy the model: ${(cause as Error).message}`, {
      help: 'start siamese demo in a folder that can be written to',
      cause,
    });
  }
}

/** Runs one command as its own process, with our terminal as its terminal. */
async function runStep({ terminal, flags }: Call, words: string[]): Promise<Step> {
  const command = `siamese ${words.join(' ')}`;
  terminal.talk(`${terminal.talkPaint('bold', `\n$ ${command}`)}`);
  const talk = [
    ...(terminal.json ? ['--json'] : []),
    ...(flags.quiet ? ['--quiet'] : []),
    ...(flags.verbose ? ['--verbose'] : []),
    ...(flags.color === 'auto' ? [] : ['--color', flags.color]),
  ];
  const started = performance.now();
  const child = spawn(process.execPath, [path.join(packageRoot, 'bin', 'siamese'), ...words, ...talk], {
    stdio: ['inherit', terminal.json ? 'pipe' : 'inherit', 'inherit'],
  });
  // The terminal sends Ctrl-C to both: the child stops as it sees fit, and then so do we.
  let interrupted = false;
  const wait = () => {
    interrupted = true;
  };
  process.on('SIGINT', wait);
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 143)));
  });
  process.off('SIGINT', wait);
  const seconds = (performance.now() - started) / 1000;
  return { command, exitCode, seconds, interrupted, result: terminal.json && text ? JSON.parse(text) : undefined };
}
