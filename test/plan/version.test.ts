/** An engine of another version than the plan is refused, and the version is raised when the plan changes. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { checkVersion, native } from '../../src/engine/native';
import { PLAN_VERSION } from '../../src/plan/plan';

const folder = path.join(__dirname, '..', '..', 'native');

/** All that native code reads of a plan by name: its fields, and the layers' attributes, by the layer that reads them. */
function contract(): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /^(layers.*\.(h|cc|cu)|addon.read_plan\.cc)$/.test(file),
  );
  const names = files.flatMap((file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    const found = text.matchAll(/\b(?:number|integer|flag|text|list|has)\("(\w+)"|\w\["(\w+)"\]/g);
    return [...found].map(([, attribute, field]) => `${path.basename(file).split('.')[0]} ${attribute ?? field!}`);
  });
  return [...new Set(names)].sort();
}

test('both sides count the same', () => {
  expect(native().planVersion).toBe(PLAN_VERSION);
});

test('a plan that native code reads otherwise has another version', () => {
  const names = contract();
  expect(names.length).toBeGreaterThan(150);
  const digest = createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 16);
  // Does this fail? Raise PLAN_VERSION in src/plan/plan.ts and kPlanVersion in native/engine/plan_version.h, and put both here.
  expect([PLAN_VERSION, digest]).toEqual([3, '849f54034805d8f3']);
});

test.each([
  [undefined, /older version/],
  [PLAN_VERSION - 1, /older version/],
  [PLAN_VERSION + 1, /newer version/],
])('an engine of version %s is refused, with what to do about it', (planVersion, message) => {
  expect(() => checkVersion({ planVersion: planVersion as number }, 'x.node')).toThrow(
    expect.objectContaining({
      code: 'device',
      message: expect.stringMatching(message),
      help: expect.stringContaining('npm run build'),
    }),
  );
});
