/** Whole runs against those of Caffe: loss of every iteration, tests, last forward pass, weights and history at the end. */
import { readSolverState, readWeights } from '../../src/proto/files';
import { closeAll, golden, mini, type Run, relative, start } from './mini';

afterEach(closeAll);

/**
 * Same Caffe, other BLAS kernel: SGD differs by 3.7e-6, Nesterov 1.7e-6, Adam 9.4e-6, AdaDelta 1.4e-5, RMSProp 2.7e-5
 * at iteration 99. AdaGrad divides by the root of tiny first sums: 1.6e-4 at iteration 10, so only its first 8 count.
 * AdaDelta meets an activation of 6e-8 at iteration 12, which is above or below 0 as the sums are rounded.
 *
 * Such near ties of a ReLU or a max pooling are rounding's to decide, and a gradient that takes the other way is off by
 * up to 1e-2 at once (seen: type_sgd at iteration 58 with vectors of 16, then 7.5e-4 in the loss). Sums in another order
 * meet other ties: so a run may take either order that the plan offers, towers merged or not, but must equal Caffe's
 * whole run in it.
 */
const TOLERANCE = 1e-4;
const RUNS: [name: string, compared?: number][] = [
  ['type_sgd'],
  ['type_sgd_nomomentum'],
  ['decay_l2'],
  ['policy_fixed'],
  ['policy_step'],
  ['policy_exp'],
  ['policy_inv'],
  ['policy_multistep'],
  ['policy_poly'],
  ['iter_size_2'],
  ['no_test_init'],
  ['legacy_solver_type_enum'],
  ['type_nesterov'],
  ['type_adam'],
  ['type_adadelta', 12],
  ['type_adagrad', 8],
];

/** The run as Caffe's solver file says, and the largest relative difference of the losses compared. */
async function attempt(name: string, compared: number, towers: boolean): Promise<{ run: Run; worst: number }> {
  const run = await start(name, {}, { towers });
  await run.solver.train();
  const { loss } = golden(name);
  const found = run.displays().slice(0, compared);
  return { run, worst: Math.max(...found.map((display, i) => relative(display.loss, loss[i]!))) };
}

describe.each(RUNS)('%s', (name, compared) => {
  test('equals the run of Caffe', async () => {
    const expected = golden(name);
    const count = compared ?? expected.loss.length;
    const merged = await attempt(name, count, true);
    const { run, worst } = merged.worst < TOLERANCE ? merged : await attempt(name, count, false);
    expect(worst).toBeLessThan(TOLERANCE);
    const { solver, events, folder, displays } = run;
    expect(displays()).toHaveLength(expected.loss.length);
    expect(Float32Array.from(displays(), ({ lr }) => lr)).toEqual(Float32Array.from(expected.lr));
    if (compared !== undefined) return;

    const tests = events.filter((event) => event.type === 'test');
    expect(tests.map(({ iteration }) => iteration)).toEqual(expected.tests.map(({ iter }) => iter));
    for (const [i, { result }] of expected.tests.entries()) {
      expect(relative(tests[i]!.outputs[0]!.value, result.outputs[0]!.value)).toBeLessThan(TOLERANCE);
      if (tests[i]!.loss !== undefined)
        expect(relative(tests[i]!.loss!, result.mean_total_loss)).toBeLessThan(TOLERANCE);
    }
    const final = events.find((event) => event.type === 'final')!;
    // The dump of the run with the old enum lacks it.
    if (expected.final_forward_loss !== null) {
      expect(relative(final.loss, expected.final_forward_loss)).toBeLessThan(TOLERANCE);
    }

    const end = `_iter_${solver.iter}`;
    const [ours, theirs] = [`${folder}/${name}`, mini(name)];
    compareBlobs(weightsOf(`${ours}${end}.caffemodel`), weightsOf(`${theirs}${end}.caffemodel`), 1e-3);
    const [state, stateOfCaffe] = [ours, theirs].map((prefix) => readSolverState(`${prefix}${end}.solverstate`));
    expect([state!.iter, state!.current_step]).toEqual([stateOfCaffe!.iter, stateOfCaffe!.current_step]);
    compareBlobs(state!.history, stateOfCaffe!.history, 2e-2);
  });
});

const weightsOf = (file: string) => readWeights(file).layers.flatMap(({ blobs }) => blobs);

/**
 * Norm of the difference over the norm. Weights differ by about 1e-6 after 100 steps; a momentum near 0 is the difference
 * of large gradients and showed 5e-3 (policy_step, whose loss differs by 9e-6).
 */
function compareBlobs(ours: { data: Float32Array }[], theirs: { data: Float32Array }[], tolerance: number): void {
  expect(ours).toHaveLength(theirs.length);
  ours.forEach(({ data }, i) => {
    const expected = theirs[i]!.data;
    expect(data).toHaveLength(expected.length);
    const difference = Math.hypot(...data.map((value, k) => value - expected[k]!));
    expect(difference).toBeLessThan(tolerance * Math.hypot(...expected) + 1e-7);
  });
}
