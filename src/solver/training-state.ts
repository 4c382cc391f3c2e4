/** Everything that changes while training: taken out whole for a snapshot, put back whole to go on from one. */
import { putParam, sharedParams, takeParam } from './param-arena.js';
import type { RunnableNet } from './runnable-net.js';
import type { BuiltNets } from './set-up.js';
import { SmoothedLoss } from './smoothed-loss.js';
import { HISTORY_SLOTS } from './snapshot.js';
import type { Prepared } from './supply.js';

/** What a resumed run needs beyond Caffe's files to equal the run that never stopped. All of it is plain JSON. */
export interface ResumeState {
  seed: number;
  /** The last average_loss losses, their running mean, and the iteration that the window is counted from. */
  losses: number[];
  smoothedLoss: number;
  windowStart: number;
  /** By net (the training net, then the test nets) and layer: cursors and generators of the feeds. */
  feeds: Record<string, unknown>[];
  /** By net and layer: generators that layers keep, base64. */
  layers: Record<string, string>[];
}

export interface TrainingState {
  iter: number;
  currentStep: number;
  params: Float32Array;
  history: Float32Array;
  resume: ResumeState;
}

/** The state as it lives: in the engines, the feeds and these few numbers. */
export class LiveState {
  /** Number of updates done. */
  iteration = 0;
  /** Steps that multistep has taken. */
  currentStep = 0;
  smoothed: SmoothedLoss;
  /** Seed of fillers, data and layers. */
  seed: number;
  readonly train: RunnableNet;
  readonly tests: readonly RunnableNet[];
  private readonly beginning: Record<string, unknown>[];

  constructor(
    nets: BuiltNets,
    /** The update rule: how much history there is. */
    readonly type: string,
    private readonly averageLoss: number,
  ) {
    this.train = nets.train;
    this.tests = nets.tests;
    this.seed = nets.seed;
    this.smoothed = new SmoothedLoss(averageLoss, 0);
    this.beginning = this.nets.map((net) => net.supply.state());
  }

  get nets(): RunnableNet[] {
    return [this.train, ...this.tests];
  }

  /** Floats that a copy of parameters and history takes. */
  get floats(): number {
    return this.train.plan.sizes.param * (1 + HISTORY_SLOTS[this.type]!);
  }

  /** Finished iterations, with the current_step that each used; returns where it changed. */
  book(losses: Float32Array, steps: Int32Array): { iteration: number; step: number }[] {
    const taken: { iteration: number; step: number }[] = [];
    losses.forEach((loss, i) => {
      this.smoothed.add(loss, this.iteration);
      const step = steps[i]!;
      if (step !== this.currentStep) taken.push({ iteration: this.iteration, step });
      this.currentStep = step;
      this.iteration++;
    });
    return taken;
  }

  /** `ahead`: records already fetched for the next chunk, which has not run. */
  capture(ahead: Prepared | undefined): TrainingState {
    const { plan, engine } = this.train;
    const params = new Float32Array(plan.sizes.param);
    const history = new Float32Array(HISTORY_SLOTS[this.type]! * plan.sizes.param);
    engine.readArena('param', params);
    engine.readArena('history', history);
    const resume = {
      seed: this.seed,
      losses: [...this.smoothed.losses],
      smoothedLoss: this.smoothed.value,
      windowStart: this.smoothed.start,
      feeds: [this.train.supply.state(ahead), ...this.tests.map((net) => net.supply.state())],
      layers: this.nets.map((net) => net.layerStates()),
    };
    return { iter: this.iteration, currentStep: this.currentStep, params, history, resume };
  }

  apply(state: TrainingState): void {
    const { resume } = state;
    this.train.engine.writeArena('param', state.params);
    this.train.engine.writeArena('history', state.history);
    this.nets.forEach((net, i) => {
      net.supply.restore(resume.feeds[i] ?? {});
      net.setLayerStates(resume.layers[i] ?? {});
    });
    this.iteration = state.iter;
    this.currentStep = state.currentStep;
    const { windowStart, losses, smoothedLoss } = resume;
    this.smoothed = new SmoothedLoss(this.averageLoss, windowStart, losses.slice(-this.averageLoss), smoothedLoss);
    this.seed = resume.seed;
  }

  /** What Caffe's own solver state leaves us to go on with: the data from record 0. */
  fromTheBeginning(iteration: number): ResumeState {
    return {
      seed: this.seed,
      losses: [],
      smoothedLoss: 0,
      windowStart: iteration,
      feeds: this.beginning,
      layers: this.nets.map((net) => net.layerStates()),
    };
  }

  /** Gives a test net the training net's present weights, as Caffe's ShareTrainedLayersWith. */
  shareWith(test: RunnableNet): void {
    const from = new Float32Array(this.train.plan.sizes.param);
    const to = new Float32Array(test.plan.sizes.param);
    this.train.engine.readArena('param', from);
    test.engine.readArena('param', to);
    for (const { source, target } of sharedParams(this.train.net, test.net)) {
      putParam(test.plan, target, to, takeParam(this.train.plan, source, from));
    }
    test.engine.writeArena('param', to);
  }
}
