/** siamese upgrade: rewrites a net or solver of an older Caffe (or MyCaffe) in today's form. */
import { readFileSync } from 'node:fs';
import { SiameseError } from '../../errors.js';
import { readNet, readSolver } from '../../proto/files.js';
import { formatText } from '../../proto/text.js';
import { type Call, usageError } from '../call.js';
import { writeOutput } from '../output-file.js';
import { standardOutput } from '../standard-streams.js';

/** Fields that every solver file has one of, and no net file has. */
const SOLVER_FIELD = /^\s*(net|train_net|net_param|base_lr|lr_policy|max_iter|solver_mode|test_iter)\s*[:{]/m;

export async function run(call: Call): Promise<number> {
  const { args, flags, terminal } = call;
  const [input, second, ...more] = args;
  if (input === undefined)
    throw usageError('upgrade needs a prototxt file', 'siamese upgrade old.prototxt new.prototxt');
  if (more.length > 0) throw usageError(`upgrade takes INPUT and OUTPUT, but was given ${args.length} words`);
  const output = flags.output ?? second;
  const isSolver = SOLVER_FIELD.test(readText(input)) && !/^\s*layers?\s*\{/m.test(readText(input));
  const { text, warnings } = isSolver ? upgradeSolver(input) : upgradeNet(input);
  for (const warning of warnings) terminal.warn(warning);
  if (output === undefined || output === '-') {
    if (terminal.json) terminal.outJson('siamese.upgrade/1', { input, kind: isSolver ? 'solver' : 'net', text });
    else standardOutput.write(text);
    return 0;
  }
  writeOutput(output, text, call);
  if (terminal.json) terminal.outJson('siamese.upgrade/1', { input, output, kind: isSolver ? 'solver' : 'net' });
  else terminal.out(output);
  return 0;
}

function upgradeNet(file: string) {
  const { message, warnings } = readNet(file);
  return { text: formatText('NetParameter', message), warnings };
}

function upgradeSolver(file: string) {
  const { message, warnings } = readSolver(file);
  return { text: formatText('SolverParameter', message), warnings };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new SiameseError('input', `cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}
