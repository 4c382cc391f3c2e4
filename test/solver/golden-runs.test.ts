/** Whole runs against those of Caffe: loss of every iteration, tests, last forward pass, weights and history at the end. */
import { native } from '../../src/engine/native';
import { readSolverState, readWeights } from '../../src/proto/files';
import { closeAll, golden, mini, relative, start } from './mini';

afterEach(closeAll);

/**
 * Same Caffe, other BLAS kernel: SGD differs by 3.7e-6, Nesterov 1.7e-6, Adam 9.4e-6, AdaDelta 1.4e-5, RMSProp 2.7e-5
 * at iteration 99. AdaGrad divides by the root of tiny first sums: 1.6e-4 at iteration 10, so only its first 8 count.
 * Seen here: SGD 5e-6, Adam 4e-5. Near ties of a ReLU or a max pooling are rounding's to decide, and one that falls the
 * other way costs up to 1e-2 at once (seen with biases added first); so the order of sums in native/cpu matters. With vectors
 * of 16 no run meets such a tie. With those of 8 AdaDelta's does, at iteration 12: one unit of ip1 is 0 but for rounding, and
 * of all gradients only that unit's differ. With the portable ones of x86 policy_exp and AdaDelta do, and other processors
 * round those in ways of their own, so that only the first 5 are compared.
 */
const TOLERANCE = 1e-4;
const BEFORE_TIES: Record<string, (name: string) => number | undefined> = {
  avx512: () => undefined,
  avx2: (name) => (name === 'type_adadelta' ? 12 : undefined),
  generic: () => 5,
  neon: () => 5,
};
const beforeTies = BEFORE_TIES[native().cpuInfo().vector]!;
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
  ['hdf5_adam'],
  ['type_adadelta'],
  ['type_adagrad', 8],
];

describe.each(RUNS)('%s', (name, most) => {
  test('equals the run of Caffe', async () => {
    const compared = beforeTies(name) ?? most;
    const expected = golden(name);
    const count = compared ?? expected.loss.length;
    const { solver, events, folder, displays } = await start(name);
    await solver.train();
    const losses = displays().map(({ loss }) => loss);
    expect(losses).toHaveLength(expected.loss.length);
    const worst = Math.max(...losses.slice(0, count).map((loss, i) => relative(loss, expected.loss[i]!)));
    expect(worst).toBeLessThan(TOLERANCE);
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
    const h5 = name === 'hdf5_adam' ? '.h5' : '';
    const [ours, theirs] = [`${folder}/${name}`, mini(name)];
    compareBlobs(weightsOf(`${ours}${end}.caffemodel${h5}`), weightsOf(`${theirs}${end}.caffemodel${h5}`), 1e-3);
    const [state, stateOfCaffe] = [ours, theirs].map((prefix) => readSolverState(`${prefix}${end}.solverstate${h5}`));
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
