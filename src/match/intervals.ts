/** Confidence intervals, all of 95 %. */

export interface Interval {
  low: number;
  high: number;
}

/** The 0.975 quantile of the standard normal distribution. */
const Z = 1.959963984540054;
/** The same of Student's t with 9 degrees of freedom, for ten groups. */
const T9 = 2.2621571628;

/** Of a share, `successes` of `trials`: Wilson's score interval (1927), sound for few trials and for shares near 0 and 1. */
export function wilson(successes: number, trials: number): Interval {
  if (trials === 0) return { low: 0, high: 1 };
  const share = successes / trials;
  const scale = 1 + Z ** 2 / trials;
  const middle = (share + Z ** 2 / (2 * trials)) / scale;
  const half = (Z / scale) * Math.sqrt((share * (1 - share)) / trials + Z ** 2 / (4 * trials ** 2));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** Of the mean of independent values, by the normal distribution. */
export function ofMean(values: ArrayLike<number>): { mean: number; interval: Interval } {
  const n = values.length;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i]!;
  const mean = sum / n;
  let squares = 0;
  for (let i = 0; i < n; i++) squares += (values[i]! - mean) ** 2;
  const half = n > 1 ? Z * Math.sqrt(squares / (n - 1) / n) : Number.NaN;
  return { mean, interval: { low: mean - half, high: mean + half } };
}

/** The same for few values, by Student's t; undefined for one. Kept within 0 and 1, as the values are shares. */
export function ofFew(values: readonly number[]): { mean: number; interval: Interval | undefined } {
  const { mean, interval } = ofMean(values);
  if (values.length < 2) return { mean, interval: undefined };
  const half = ((interval.high - mean) / Z) * studentT(values.length - 1);
  return { mean, interval: { low: Math.max(0, mean - half), high: Math.min(1, mean + half) } };
}

/** The 0.975 quantile of Student's t with 1 and 2 degrees of freedom, for which the series below is too far off. */
const T_FIRST = [12.706204736174694, 4.302652729749462];

/** The 0.975 quantile of Student's t: Hill's expansion from the normal one (Abramowitz and Stegun, 26.7.5). */
export function studentT(freedom: number): number {
  if (freedom <= 2) return T_FIRST[freedom - 1]!;
  const n = freedom;
  const terms = [
    (Z ** 3 + Z) / 4,
    (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / 96,
    (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / 384,
    (79 * Z ** 9 + 776 * Z ** 7 + 1482 * Z ** 5 - 1920 * Z ** 3 - 945 * Z) / 92160,
  ];
  return terms.reduce((sum, term, i) => sum + term / n ** (i + 1), Z);
}

/** How many groups ofGroups wants. */
export const GROUPS = 10;

/** Of a statistic of a whole set from its values on ten disjoint tenths of it (the method of random groups). */
export function ofGroups(value: number, groups: readonly number[]): Interval {
  const mean = groups.reduce((sum, group) => sum + group, 0) / groups.length;
  const variance = groups.reduce((sum, group) => sum + (group - mean) ** 2, 0) / (groups.length - 1);
  const half = T9 * Math.sqrt(variance / groups.length);
  return { low: Math.max(0, value - half), high: Math.min(1, value + half) };
}

/** Of a statistic from its values without one of g groups each (the delete-a-group jackknife; Efron, 1982). */
export function ofJackknife(value: number, without: readonly number[]): Interval {
  const g = without.length;
  const mean = without.reduce((sum, one) => sum + one, 0) / g;
  const variance = (without.reduce((sum, one) => sum + (one - mean) ** 2, 0) * (g - 1)) / g;
  const half = studentT(g - 1) * Math.sqrt(variance);
  return { low: Math.max(0, value - half), high: Math.min(1, value + half) };
}
