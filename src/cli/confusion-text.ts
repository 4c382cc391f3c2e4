/** Confusion of classes as text: per class what it is mistaken for, or the whole matrix. */
import type { Metrics } from '../match/metrics.js';

/** Per class: recall, and what its records are mistaken for most. */
export function confusionSummary({ perClass, confusion }: Metrics): string[] {
  const wide = Math.max(5, ...perClass.map(({ name }) => name.length));
  const lines = [`${'class'.padEnd(wide)}  records    right   mistaken for`];
  for (const [i, { name, total, recall }] of perClass.entries()) {
    if (total === 0) continue;
    const mistakes = confusion[i]!.map((count, j) => ({ count, name: perClass[j]!.name, self: i === j }))
      .filter(({ count, self }) => count > 0 && !self)
      .sort((a, b) => b.count - a.count);
    const shown = mistakes.slice(0, 4).map(({ count, name }) => `${name} (${count})`);
    if (mistakes.length > shown.length) shown.push('...');
    lines.push(`${name.padEnd(wide)}  ${String(total).padStart(7)}  ${percent(recall)}   ${shown.join(' ')}`.trimEnd());
  }
  return lines;
}

/** Letters of a column's name that are shown. */
const COLUMN = 10;

/** A line for each true class, a column for each that its records were matched to; 0 as a dot. Classes without both are left out. */
export function confusionMatrix({ perClass, confusion }: Metrics): string[] {
  const matched = perClass.map((_, j) => confusion.some((row) => row[j]! > 0));
  const used = perClass.flatMap(({ total }, i) => (total > 0 || matched[i] ? [i] : []));
  const wide = Math.max(...used.map((i) => perClass[i]!.name.length), 'true \\ matched'.length);
  const cells = used.map((i) => used.map((j) => (confusion[i]![j] === 0 ? '.' : String(confusion[i]![j]))));
  const heads = used.map((i) => cut(perClass[i]!.name));
  const widths = used.map((_, j) => Math.max(heads[j]!.length, ...cells.map((row) => row[j]!.length)));
  const line = (name: string, texts: readonly string[]) => {
    return [name.padEnd(wide), ...texts.map((text, j) => text.padStart(widths[j]!))].join('  ');
  };
  return [line('true \\ matched', heads), ...used.map((i, row) => line(perClass[i]!.name, cells[row]!))];
}

/** The end of a long name tells more: in "Greek/character01" the beginning is that of many. */
function cut(name: string): string {
  return name.length <= COLUMN ? name : `~${name.slice(1 - COLUMN)}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`.padStart(8);
}
