/** siamese data: imports images as an LMDB, checks data sets record by record, computes mean images. */
import { nearest } from '../../errors.js';
import { type Call, usageError } from '../call.js';
import { checkData } from '../data-check.js';
import { importData } from '../data-import.js';
import { meanOfData } from '../data-mean.js';

const ACTIONS = { import: importData, check: checkData, mean: meanOfData };

export async function run(call: Call): Promise<number> {
  const [word, ...rest] = call.args;
  const names = Object.keys(ACTIONS) as (keyof typeof ACTIONS)[];
  const action = names.find((name) => name === word);
  if (action) return ACTIONS[action](call, rest);
  const guess = word && nearest(word, names);
  const help = guess ? `did you mean "siamese data ${guess}"?` : 'siamese help data';
  throw usageError(word ? `data cannot "${word}"` : 'data needs to know what to do: import, check or mean', help);
}
