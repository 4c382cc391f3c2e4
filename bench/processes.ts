/** Times of whole processes, from the shell and back, in turn. */
import { spawnSync } from 'node:child_process';

/** Runs each command line of Node's in turn, and prints the medians of its wall clock and processor time. */
export function timeProcesses(cases: readonly [string, string[]][], rounds: number): void {
  const times = cases.map(() => [] as { wall: number; cpu: number }[]);
  for (let round = 0; round < rounds; round++) {
    for (const [i, [, words]] of cases.entries()) times[i]!.push(timeOne(words));
  }
  const wide = Math.max(...cases.map(([name]) => name.length));
  console.log(`${'ms, medians (least to most)'.padEnd(wide)}  wall${' '.repeat(14)}processor`);
  for (const [i, [name]] of cases.entries()) {
    const shown = (key: 'wall' | 'cpu') => {
      const sorted = times[i]!.map((time) => time[key]).sort((a, b) => a - b);
      const [least, median, most] = [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
      return `${median.toFixed(0)} (${least.toFixed(0)} to ${most.toFixed(0)})`.padEnd(16);
    };
    console.log(`${name.padEnd(wide)}  ${shown('wall')}  ${shown('cpu')}`);
  }
}

/** Times of the process itself, by a shell that does nothing else. */
function timeOne(words: readonly string[]): { wall: number; cpu: number } {
  const start = performance.now();
  const { stdout, stderr, status } = spawnSync(
    'bash',
    ['-c', '"$@" >/dev/null 2>&1; echo $?; times', '-', process.execPath, ...words],
    {
      encoding: 'utf8',
    },
  );
  const wall = performance.now() - start;
  const [code, , children = ''] = stdout.split('\n');
  if (status !== 0 || Number(code) > 1) throw new Error(`${words.join(' ')}: exit code ${code} ${stderr}`);
  const [user, system] = [...children.matchAll(/(\d+)m([\d.,]+)s/g)].map(([, minutes, seconds]) => {
    return 60_000 * Number(minutes) + 1000 * Number(seconds!.replace(',', '.'));
  });
  return { wall, cpu: user! + system! };
}
