/** What a layer is, to the passes: how many blobs, which shapes, which parameters, what the native side is told. */
import type { FillerParameter, LayerParameter } from '../proto/messages.js';

export type Phase = 'TRAIN' | 'TEST';

/** What the native side can be told about a layer. */
export type Attribute = number | string | boolean | number[];

/** What a layer sees while the net is built. Shapes are Caffe's, outermost axis first. */
export interface LayerContext {
  readonly param: LayerParameter;
  readonly phase: Phase;
  readonly bottoms: readonly { readonly name: string; readonly shape: readonly number[] }[];
  readonly tops: readonly { readonly name: string }[];
  /** Shapes that only the outside knows: of one record, for Data layers, [C, H, W]. */
  readonly recordShape?: readonly number[] | undefined;
  /** The same for HDF5Data: of one row of each top's dataset. */
  readonly recordParts?: readonly (readonly number[])[] | undefined;
  /** Highest label of the training records + 1, for layers that keep a row per label (Decode). */
  readonly labelCount?: number | undefined;
  /**
   * Throws a SiameseError "<message>" that names layer and type and points at `field` of the layer
   * (a path such as 'convolution_param.num_output') or at the layer itself.
   */
  fail(message: string, details?: { field?: string; help?: string }): never;
  warn(message: string, details?: { field?: string; help?: string }): void;
}

/** One parameter blob that the layer asks for. */
export interface ParamRequest {
  shape: number[];
  filler: FillerParameter;
  /** False: state the layer keeps itself (Decode's centroids), saved as a blob, never updated by the solver. */
  learnable?: false;
}

/** How a layer wants its blobs laid out in memory; see PlanTensor.split. */
export type Layout =
  | 'any' // elementwise: any split, as long as bottoms and tops agree
  | { split: number }; // bottoms and tops in exactly this split (clamped to each blob's number of axes)

export interface LayerSetup {
  /** One shape per top. */
  tops: number[][];
  params: ParamRequest[];
  /** Default: the Caffe type. */
  nativeType?: string;
  attributes: Record<string, Attribute>;
  layout: Layout;
  /** Which data the backward pass reads, for the memory plan: by index. Default: everything. */
  backwardReads?: { bottoms: number[]; tops: number[] };
  /** Tops that are views of a bottom's memory, without a native layer when all tops are: Split, Slice, Reshape... */
  views?: { top: number; bottom: number; axis?: number; start?: number }[];
  /** Layer does not run at all (Silence). */
  noop?: boolean;
  /** The bottom whose non-zero items say which items the tops have: axis 0 of their shapes is only the most (Filter). */
  selector?: number;
  /**
   * The last `params` blobs are filled so many `times` more, which only moves the generator on: Caffe's unrolled nets
   * fill those blobs at each time step.
   */
  refills?: { params: number; times: number };
}

export interface LayerType {
  /** Exactly Caffe's type string, and this file's name. */
  readonly type: string;
  /** Inclusive bounds of the number of bottoms and tops. */
  readonly bottoms: readonly [min: number, max: number];
  readonly tops: readonly [min: number, max: number];
  /** Same number of bottoms and tops. */
  readonly equalBottomsAndTops?: boolean;
  /** Unnamed tops may be added up to the minimum ("(automatic)"). Loss layers. */
  readonly autoTops?: boolean;
  /** Top 0 has loss weight 1 unless the prototxt says otherwise. */
  readonly isLoss?: boolean;
  /** Bottoms that force_backward may not force (labels); negative numbers count from the last. */
  readonly noForceBackward?: readonly number[];
  /** Bottoms that can never take a gradient, counted likewise: asking for one is an error (label of a loss). */
  readonly noGradient?: readonly number[];
  /** top may be the same blob as bottom. */
  readonly inPlace?: boolean;
  /** Draws random numbers or learns statistics over the batch: the towers pass must not merge it. */
  readonly batchDependent?: boolean | ((param: LayerParameter, phase: Phase) => boolean);
  /** Blobs that are learnable to the files but have lr_mult 0 unless given: BatchNorm's running sums. */
  readonly fixedParams?: number;
  /** Its tops come from records, which a feed brings: its native layer is a FedLayer. */
  readonly fed?: boolean;
  /** The prototxt message with this layer's options, e.g. 'convolution_param'. */
  readonly options?: string;
  setup(context: LayerContext): LayerSetup;
}
