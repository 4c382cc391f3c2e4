/** What the program writes arrives whole, whatever is at the other end. */
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.join(__dirname, '..', '..');
const program = path.join(root, 'bin', 'siamese');
const streams = JSON.stringify(path.join(root, 'dist', 'cli', 'standard-streams.js'));

test('a slow reader of a pipe that does not wait gets everything', async () => {
  // Node makes a pipe non-blocking once it has been a net.Socket; a shell's other programs do so as well.
  const script = `
    process.stdout._handle?.setBlocking?.(false);
    require(${streams}).standardOutput.write('x'.repeat(3_000_000) + 'end');`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => setTimeout(resolve, 300));
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  expect(text).toHaveLength(3_000_003);
  expect(text.endsWith('xend')).toBe(true);
});

test('a reader that goes away is no error', () => {
  const { stderr, stdout } = spawnSync('sh', ['-c', `"${process.execPath}" "${program}" help train | head -n 1`], {
    encoding: 'utf8',
  });
  expect(stdout).toMatch(/siamese train/);
  expect(stderr).toBe('');
});

test('standard error that nobody reads ends nothing', () => {
  const script = `
    const { standardError, standardOutput } = require(${streams});
    for (let i = 0; i < 100; i++) standardError.write('x'.repeat(10_000));
    standardOutput.write('done');`;
  const { stdout, status } = spawnSync('sh', ['-c', `"${process.execPath}" -e "$SCRIPT" 2>&-`], {
    encoding: 'utf8',
    env: { ...process.env, SCRIPT: script },
  });
  expect([stdout, status]).toEqual(['done', 0]);
});

test('what is piped or thrown away is no terminal', () => {
  const script = `const { standardOutput: o } = require(${streams}); console.error(o.isTTY, o.columns)`;
  for (const to of ['| cat', '> /dev/null']) {
    const { stderr } = spawnSync('sh', ['-c', `"${process.execPath}" -e "$SCRIPT" ${to}`], {
      encoding: 'utf8',
      env: { ...process.env, SCRIPT: script },
    });
    expect(stderr).toBe('false undefined\n');
  }
});
