/** The solver: Caffe's loop over iterations, in Caffe's order, as calls of the engine. Read train() and step() first. */
import type { LabelStatistics } from '../data/feed.js';
import type { RecordSet } from '../engine/native.js';
import { SiameseError } from '../errors.js';
import type { SolverParameter } from '../proto/messages.js';
import { type Filled, filled } from '../proto/schema.js';
import { Ahead } from './ahead.js';
import { Checkpoints } from './checkpoints.js';
import { chunkLength, updatePace } from './chunk.js';
import { CollapseMonitor } from './collapse-monitor.js';
import { displayEvents } from './display.js';
import { divergedError, doneBefore } from './diverged.js';
import type { SnapshotFiles, SolverEvent } from './events.js';
import { rates, stepsOf } from './rates.js';
import { RunClock } from './run-clock.js';
import type { RunnableNet } from './runnable-net.js';
import { type BuiltNets, buildNets, loadFiles, type SolverOptions, weightFiles } from './set-up.js';
import { snapshotPrefix, solverType } from './settings.js';
import { debugPass, lossOfNextBatch } from './side-passes.js';
import { probePrefix } from './snapshot.js';
import { restoreSnapshot, takeSnapshot } from './snapshot-state.js';
import type { Prepared } from './supply.js';
import { runTest, type TestResult } from './test-net.js';
import { LiveState } from './training-state.js';
import { captureWeights } from './weights.js';

export type { SolverOptions } from './set-up.js';

export class Solver {
  readonly prefix: string;
  private readonly solver: SolverParameter;
  private readonly settings: Filled<SolverParameter>;
  private readonly type: string;
  private readonly state: LiveState;
  private readonly checkpoints = new Checkpoints();
  private readonly monitor: CollapseMonitor | undefined;
  private clock: RunClock;
  /** Milliseconds an iteration takes. */
  private pace = 0;
  private readonly ahead: Ahead;
  private wish: 'none' | 'snapshot' | 'stop' = 'none';
  private disposed = false;

  /** Builds the nets, fills or loads their weights, and goes on from a snapshot if one is given. */
  static async create(options: SolverOptions): Promise<Solver> {
    const nets = await buildNets(options, (event) => options.onEvent?.(event));
    try {
      const solver = new Solver(options, nets);
      const { snapshot, snapshot_after_train } = solver.settings;
      if (snapshot > 0 || snapshot_after_train) probePrefix(solver.prefix);
      if (options.snapshot !== undefined) await solver.restore(options.snapshot);
      return solver;
    } catch (error) {
      for (const net of [nets.train, ...nets.tests]) await net.dispose();
      throw error;
    }
  }

  private constructor(
    private readonly options: SolverOptions,
    nets: BuiltNets,
  ) {
    this.solver = options.solver;
    this.settings = filled('SolverParameter', options.solver);
    this.type = solverType(options.solver);
    this.monitor = nets.train.watched && new CollapseMonitor(nets.train.watched);
    this.state = new LiveState(nets, this.type, this.settings.average_loss);
    this.ahead = new Ahead(nets.train.supply);
    this.prefix = snapshotPrefix(options.solver, options.file);
    this.clock = new RunClock(0, this.settings.max_iter);
  }

  /** Number of updates done. */
  get iter(): number {
    return this.state.iteration;
  }

  /** Seed of fillers, data and layers: random_seed, or the one taken from the clock. */
  get seed(): number {
    return this.state.seed;
  }

  get trainNet(): RunnableNet {
    return this.state.train;
  }

  get testNets(): readonly RunnableNet[] {
    return this.state.tests;
  }

  /**
   * Trains until `until` (default max_iter), then, at max_iter: last snapshot, one more forward pass and test as Caffe
   * does. Resolves early after stop(), with the last snapshot written. After an error the solver can still snapshot().
   */
  async train(until = this.settings.max_iter): Promise<void> {
    const { display, snapshot, snapshot_after_train, test_interval, max_iter, lr_policy: policy } = this.settings;
    this.wish = 'none';
    this.clock = new RunClock(this.iter, until);
    this.emit({ type: 'solving', net: this.trainNet.net.name, policy, iteration: this.iter, maxIter: until });
    const stopped = await this.step(until);
    if (!stopped && this.iter < max_iter) return;
    if (snapshot_after_train && !(snapshot > 0 && this.iter % snapshot === 0)) await this.snapshot();
    if (stopped) {
      this.emit({ type: 'stopped', iteration: this.iter, dataWait: this.clock.dataWait });
      return;
    }
    if (display > 0 && this.iter % display === 0) await this.lastForward();
    if (test_interval > 0 && this.iter % test_interval === 0) await this.test();
    this.emit({ type: 'done', iteration: this.iter, dataWait: this.clock.dataWait });
  }

  /** Tests all test nets with the present weights; undefined when stop() came between. */
  async test(): Promise<TestResult[] | undefined> {
    const { test_iter, test_compute_loss } = this.settings;
    const results: TestResult[] = [];
    for (const [i, net] of this.testNets.entries()) {
      this.emit({ type: 'testing', iteration: this.iter, net: i });
      this.state.shareWith(net);
      const feeds = net.supply.state();
      const layers = net.layerStates();
      const result = await runTest(net, test_iter[i]!, { stopped: () => this.stopAsked() });
      if (!result) {
        // A resumed run begins this test anew, on the same records.
        net.supply.restore(feeds);
        net.setLayerStates(layers);
        this.emit({ type: 'test-interrupted' });
        return undefined;
      }
      const loss = test_compute_loss ? { loss: result.loss } : {};
      this.emit({ type: 'test', iteration: this.iter, net: i, outputs: result.outputs, ...loss });
      results.push(result);
    }
    return results;
  }

  /** Loads weights by layer name into the training and test nets; `files` may hold comma-separated lists. */
  loadWeights(files: readonly string[]): void {
    for (const net of this.state.nets) loadFiles(net, weightFiles(files), (event) => this.emit(event));
  }

  /** Goes on from a .solverstate, ours or Caffe's, and the weights it names. */
  async restore(file: string): Promise<void> {
    const { state, reason, continues } = restoreSnapshot(file, this.state);
    await this.ahead.forget();
    this.state.apply(state);
    this.checkpoints.clear();
    const data = continues ? 'continues' : 'restarts';
    this.emit({ type: 'resuming', file, iteration: this.iter, data, ...(reason !== undefined && { reason }) });
  }

  /** Writes `<prefix>_iter_<iter>.*`. May be called at any time between runs, after a failed one too. */
  async snapshot(): Promise<SnapshotFiles> {
    const state = this.state.capture(await this.ahead.settled());
    const { net, request, sources, plan } = this.trainNet;
    const names = takeSnapshot(this.prefix, this.state, state, this.settings, (what, file) =>
      this.emit({ type: 'snapshotting', iteration: state.iter, what, file }),
    );
    const files: SnapshotFiles = { iteration: state.iter, ...names, extra: [] };
    this.checkpoints.noteSnapshot(files);
    if (this.options.afterSnapshot) {
      const weights = captureWeights(net, plan, state.params);
      files.extra = await this.options.afterSnapshot({ files, param: request.param, net, weights, sources });
    }
    this.emit({ type: 'snapshot', files });
    return files;
  }

  /** Ends training after the iteration in progress, with the final snapshot. */
  stop(): void {
    this.wish = 'stop';
    for (const net of this.state.nets) net.engine.interrupt();
  }

  /** Writes a snapshot after the iteration in progress and goes on. */
  requestSnapshot(): void {
    if (this.wish === 'stop') return;
    this.wish = 'snapshot';
    this.trainNet.engine.interrupt();
  }

  /** Records for the MemoryData layers of this name, in the training net and in the test nets. */
  setMemoryData(layer: string, records: RecordSet): void {
    const nets = this.state.nets.filter(({ sources }) => sources.has(layer));
    if (nets.length === 0) throw new SiameseError('input', `no net has a MemoryData layer "${layer}"`);
    for (const net of nets) net.setMemoryData(layer, records);
  }

  /** Label query statistics of the training feeds, by layer name. */
  statistics(): Record<string, LabelStatistics> {
    return this.trainNet.supply.statistics();
  }

  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    await this.ahead.settled();
    for (const net of this.state.nets) await net.dispose();
  }

  /** Caffe's Step: test, iterate, snapshot. True when stopped. */
  private async step(until: number): Promise<boolean> {
    const { test_interval, test_initialization, snapshot } = this.settings;
    while (this.iter < until) {
      if (test_interval > 0 && this.iter % test_interval === 0 && (this.iter > 0 || test_initialization)) {
        await this.test();
        if (this.stopAsked()) return true;
      }
      await this.runChunk(until);
      const asked = this.wish === 'snapshot';
      if (asked) this.wish = 'none';
      if (asked || (snapshot > 0 && this.iter % snapshot === 0)) await this.snapshot();
      if (this.stopAsked()) return true;
    }
    return false;
  }

  /** Iterations up to the nearest boundary in one call of the engine; the records of the next are fetched meanwhile. */
  private async runChunk(until: number): Promise<void> {
    const { iter_size, display, debug_info } = this.settings;
    const { supply, outputCount } = this.trainNet;
    const first = this.iter;
    const waitFrom = performance.now();
    const prepared = await this.ahead.take(() => this.passes(first, until));
    const waited = performance.now() - waitFrom;
    if (this.checkpoints.due(this.state.floats)) this.checkpoints.keep(() => this.state.capture(prepared));
    if (debug_info && display > 0 && first % display === 0) {
      this.emit({ type: 'debug', lines: await debugPass(this.trainNet, prepared) });
    }

    const count = prepared.passes / iter_size;
    // NaN where no loss was written: after an error this tells how far the run came.
    const losses = new Float32Array(count).fill(Number.NaN);
    const outputs = new Float32Array(count * outputCount);
    const lr = rates(this.solver, first, count, this.state.currentStep);
    const started = performance.now();
    const feeds = prepared.chunks;
    const run = this.trainNet.run({ mode: 'train', count, feeds, rates: lr, firstIteration: first, losses, outputs });
    // Only now: the engine computes while this thread draws and reads.
    if (first + count < until) this.ahead.fetch(this.passes(first + count, until));
    const { done, computeMs } = await run.catch((error: SiameseError) => this.failed(error, prepared, first, losses));
    const took = performance.now() - started;
    this.clock.run(waited, took, computeMs);
    this.pace = updatePace(this.pace, took, done);
    supply.used(prepared, done * iter_size);
    if (done < count) await this.ahead.drop(prepared, done * iter_size);
    this.account(until, losses.subarray(0, done), lr, outputs.subarray((done - 1) * outputCount, done * outputCount));
  }

  /** Books finished iterations, and tells of them: multistep, display, progress. */
  private account(until: number, losses: Float32Array, lr: Float32Array, lastOutputs: Float32Array): void {
    const { display } = this.settings;
    const first = this.iter;
    const last = first + losses.length - 1;
    const displayed = display > 0 && last % display === 0;
    const steps = stepsOf(this.solver, first, losses.length, this.state.currentStep);
    const taken = this.state.book(losses, steps);
    const told = this.solver.lr_policy === 'multistep' ? taken : [];
    // That of a displayed iteration is told with it.
    const now = displayed ? told.find(({ iteration }) => iteration === last) : undefined;
    for (const event of told) if (event !== now) this.emit({ type: 'step', ...event });
    const loss = losses.at(-1)!;
    const eta = this.clock.eta(this.iter);
    if (displayed) {
      const smoothedLoss = this.state.smoothed.value;
      const shown = { iteration: last, loss, smoothedLoss, lr: lr[losses.length - 1]!, display, eta, step: now?.step };
      const statistics = this.options.displayStatistics ? this.statistics() : undefined;
      const { clock, monitor } = this;
      const events = displayEvents(this.trainNet, shown, lastOutputs, { clock, monitor, statistics });
      for (const event of events) this.emit(event);
    }
    const iterationsPerSecond = this.pace > 0 ? 1000 / this.pace : 0;
    this.emit({ type: 'progress', iteration: this.iter, maxIter: until, loss, iterationsPerSecond, eta });
  }

  /** Caffe's last display: the loss of the next batch under the final weights. */
  private async lastForward(): Promise<void> {
    await this.ahead.forget();
    const loss = await lossOfNextBatch(this.trainNet);
    const smoothed = this.state.smoothed.copy();
    smoothed.add(loss, this.iter);
    this.emit({ type: 'final', iteration: this.iter, loss, smoothedLoss: smoothed.value });
  }

  private async failed(error: SiameseError, prepared: Prepared, first: number, losses: Float32Array): Promise<never> {
    // Where a gradient is no number, the loss still is one.
    const done = doneBefore(error, first, losses);
    const { iter_size, snapshot_after_train } = this.settings;
    this.trainNet.supply.used(prepared, done * iter_size);
    await this.ahead.drop(prepared, done * iter_size);
    this.state.iteration = first + done;
    if (error.code !== 'diverged') throw error;
    const { state, snapshot } = this.checkpoints.before(first + done);
    if (state) this.state.apply(state);
    const newer = state && snapshot_after_train && state.iter > (snapshot?.iteration ?? -1);
    const saved = newer ? await this.snapshot() : snapshot;
    throw divergedError(first + done, losses[done]!, this.solver, saved, error);
  }

  /** Passes of the chunk that begins with iteration `first`. */
  private passes(first: number, until: number): number {
    const { display, test_interval: testInterval, snapshot, debug_info: displayAlone, iter_size } = this.settings;
    return chunkLength(first, this.pace, { until, display, testInterval, snapshot, displayAlone }) * iter_size;
  }

  private stopAsked(): boolean {
    return this.wish === 'stop';
  }

  private emit(event: SolverEvent): void {
    this.options.onEvent?.(event);
  }
}
