/** Printed plans, word for word: what the compiler decides for nets of record is not to change by accident. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { NetOptions } from '../../src/net/net.js';
import { type CompileOptions, compile } from '../../src/plan/compile.js';
import { printPlan } from '../../src/plan/print.js';
import { net } from '../net/nets.js';
import { MINI } from './nets.js';

const FOLDER = path.join(__dirname, '..', 'golden', 'plans');
const STOCK = readFileSync(path.join(FOLDER, 'stock.prototxt'), 'utf8');

const CASES: [name: string, text: string, net: Partial<NetOptions>, options: CompileOptions][] = [
  ['mini_train', MINI, { phase: 'TRAIN' }, { train: true }],
  ['mini_train_no_towers', MINI, { phase: 'TRAIN' }, { train: true, towers: false }],
  ['mini_test', MINI, { phase: 'TEST' }, { train: false }],
  ['stock_train', STOCK, { phase: 'TRAIN', labelCount: 10 }, { train: true }],
  ['stock_test', STOCK, { phase: 'TEST', labelCount: 10 }, { train: false }],
];

// After a change that is meant: UPDATE_GOLDEN=1 npx jest test/plan/print, and read the difference.
test.each(CASES)('%s', (name, text, netOptions, options) => {
  const built = net(text, netOptions);
  const printed = printPlan(compile(built, options), built);
  const file = path.join(FOLDER, `${name}.txt`);
  if (process.env.UPDATE_GOLDEN) writeFileSync(file, printed);
  expect(printed).toBe(readFileSync(file, 'utf8'));
});
