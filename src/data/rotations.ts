/** Rotations as classes: a data set and its three quarter turns as one set of four times as many records. */

const QUARTERS = 4;

/** Labels of all records, then of all turned by 90 degrees, by 180 and by 270; each turn is a class of its own. */
export function rotatedLabels(labels: Float32Array): Float32Array {
  const step = labelStep(labels);
  const out = new Float32Array(QUARTERS * labels.length);
  for (let turn = 0; turn < QUARTERS; turn++) {
    out.set(
      labels.map((label) => label + turn * step),
      turn * labels.length,
    );
  }
  return out;
}

/** What a quarter turn adds to a label: highest label + 1. */
export function labelStep(labels: Float32Array): number {
  return labels.reduce((most, label) => Math.max(most, label), -1) + 1;
}
