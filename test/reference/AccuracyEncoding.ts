/** Share of encodings nearest to the mean of the others of their class, of those that have others. */
import type { Array64 } from './reference';

export function accuracyEncoding(x: Array64, labels: number[], ignored: number[] = []): number {
  const [n, dimension] = x.shape as [number, number];
  const items = Array.from({ length: n }, (_, i) => i).filter((i) => !ignored.includes(labels[i]!));
  const distance = (i: number, label: number) => {
    const others = items.filter((j) => labels[j] === label && j !== i);
    const mean = (c: number) => others.reduce((sum, j) => sum + x.data[j * dimension + c]!, 0) / others.length;
    let sum = 0;
    for (let c = 0; c < dimension; c++) sum += (x.data[i * dimension + c]! - mean(c)) ** 2;
    return sum;
  };
  const compared = items.filter((i) => items.some((j) => j !== i && labels[j] === labels[i]));
  const classes = [...new Set(items.map((i) => labels[i]!))];
  const right = compared.filter((i) => classes.every((label) => !(distance(i, label) < distance(i, labels[i]!))));
  return compared.length === 0 ? 0 : right.length / compared.length;
}
