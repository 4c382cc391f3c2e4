/** Runs ours and its peers in turn and prints their medians, and ours over each of theirs. */
import { alternate, type Contender, ratio } from './alternate.js';

/** The first contender is ours. */
export function compare(title: string, contenders: Contender[], rounds: number): void {
  const timings = alternate(contenders, rounds);
  console.log(`\n${title}, ${rounds} rounds`);
  for (const timing of timings) {
    const { median, least, most } = ratio(timings[0]!, timing);
    console.log(
      `  ${timing.name.padEnd(20)} median ${timing.median.toFixed(2).padStart(8)}` +
        `  (${timing.least.toFixed(2)} to ${timing.most.toFixed(2)})  best tenth ${timing.bestTenth.toFixed(2)}` +
        `   ours/its ${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`,
    );
  }
}
