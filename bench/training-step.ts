/** A training step, timed as users get it: the Solver with its feed, loss, backward and update. */
import { Solver, type SolverOptions } from 'siamese';

export type Net = NonNullable<SolverOptions['solver']['net_param']>;

export interface StepTiming {
  /** Iterations between two looks at the clock: where one is too short to be timed from outside the engine, more. */
  stretch: number;
  seconds: number;
}

/** Milliseconds an iteration, of each stretch after the first. */
export async function timeSteps(
  net: Net,
  options: Pick<SolverOptions, 'threads' | 'device'>,
  { stretch, seconds }: StepTiming,
): Promise<number[]> {
  const solver = await Solver.create({
    solver: {
      net_param: net,
      base_lr: 0.0001,
      momentum: 0.9,
      lr_policy: 'fixed',
      max_iter: 1_000_000_000,
      snapshot_after_train: false,
      random_seed: 1701,
    },
    ...options,
  });
  await solver.train(stretch);
  const ms: number[] = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end || ms.length < 3) {
    const start = performance.now();
    await solver.train(solver.iter + stretch);
    ms.push((performance.now() - start) / stretch);
  }
  await solver.dispose();
  return ms;
}
