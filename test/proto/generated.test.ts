import { execFileSync } from 'node:child_process';
import path from 'node:path';

test('messages.ts and schema.json are what the .proto files say', () => {
  const script = path.join(__dirname, '..', '..', 'scripts', 'generate-messages.js');
  expect(execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8' })).toBe('');
});
