/** What a list of matches is worth against the true labels. */
import { SiameseError } from '../errors.js';
import type { Match } from './matcher.js';

export interface ClassMetrics {
  label: number;
  name: string;
  /** Records of this class, and how many of them were matched to it. */
  total: number;
  correct: number;
  /** correct / total, and correct / all that were matched to this class; NaN for none. */
  recall: number;
  precision: number;
  /** Records of this class that the thresholds would have refused. */
  refused: number;
}

export interface Metrics {
  total: number;
  correct: number;
  accuracy: number;
  /** Records whose two nearest classes are exactly as near: counted as wrong. */
  ties: number;
  /** Share of records that the thresholds would have refused, and accuracy among the others. */
  refused: number;
  acceptedAccuracy: number;
  perClass: ClassMetrics[];
  /** Rows: true class, columns: matched class, both in the order of perClass. */
  confusion: number[][];
}

/** Thresholds do not enter the accuracy: each record is matched to its nearest class, right or wrong. */
export function measure(
  matches: readonly Match[],
  labels: ArrayLike<number>,
  classes: readonly { label: number; name: string }[],
): Metrics {
  if (matches.length !== labels.length) throw new SiameseError('internal', 'as many labels as matches are needed');
  // Test labels that training never saw have a row of their own, and cannot be right.
  const all = [...classes];
  for (const label of [...new Set(Array.from(labels))].sort((a, b) => a - b)) {
    if (!classes.some((known) => known.label === label)) all.push({ label, name: String(label) });
  }
  const indexOf = new Map(all.map(({ label }, i) => [label, i]));
  const confusion = all.map(() => new Array<number>(all.length).fill(0));
  const refused = new Array<number>(all.length).fill(0);
  const correct = new Array<number>(all.length).fill(0);
  let ties = 0;
  let acceptedCorrect = 0;
  matches.forEach((match, i) => {
    const truth = indexOf.get(labels[i]!)!;
    const row = confusion[truth]!;
    row[indexOf.get(match.label)!]!++;
    if (match.tie) ties++;
    if (match.unknown) refused[truth]!++;
    if (match.label !== labels[i] || match.tie) return;
    correct[truth]!++;
    if (!match.unknown) acceptedCorrect++;
  });
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const total = matches.length;
  return {
    total,
    correct: sum(correct),
    accuracy: sum(correct) / total,
    ties,
    refused: sum(refused) / total,
    acceptedAccuracy: acceptedCorrect / (total - sum(refused)),
    perClass: all.map(({ label, name }, i) => ({
      label,
      name,
      total: sum(confusion[i]!),
      correct: correct[i]!,
      recall: correct[i]! / sum(confusion[i]!),
      precision: correct[i]! / sum(confusion.map((row) => row[i]!)),
      refused: refused[i]!,
    })),
    confusion,
  };
}
