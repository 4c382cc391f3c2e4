/** Turned or mirrored classes as classes of their own: a data set and its views as one set of so many times the records. */
import type { DataParameter } from '../proto/messages.js';

/** How records are seen while training, where each view of a class is a class of its own. */
export interface ClassViews {
  /** Of each view: quarter turns clockwise, plus MIRRORED. The first leaves the records as they are. */
  turns: readonly number[];
  /** What each view adds to the labels of the one before: highest label + 1. */
  labelStep: number;
}

/** Left and right exchanged, before the picture is turned. */
export const MIRRORED = 4;

/** Undefined where classes are seen in one way only. */
export function classViews(data: DataParameter, labels: Float32Array): ClassViews | undefined {
  const quarters = data.rotations_as_classes ? [0, 1, 2, 3] : [0];
  const turns = data.mirrors_as_classes ? [...quarters, ...quarters.map((turn) => turn + MIRRORED)] : quarters;
  if (turns.length === 1) return undefined;
  return { turns, labelStep: labels.reduce((most, label) => Math.max(most, label), -1) + 1 };
}

/** Labels of all records in the first view, then of all in the second, and so on. */
export function labelsOfViews(labels: Float32Array, { turns, labelStep }: ClassViews): Float32Array {
  const out = new Float32Array(turns.length * labels.length);
  for (let view = 0; view < turns.length; view++) {
    out.set(
      labels.map((label) => label + view * labelStep),
      view * labels.length,
    );
  }
  return out;
}
