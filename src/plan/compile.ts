/** From a net to its plan: towers, layouts and views, memory, and then the numbers that C++ reads. */
import { nearest, SiameseError } from '../errors.js';
import type { Net } from '../net/net-types.js';
import { type Draft, draftNet } from './draft.js';
import { fuseRelus, fuseScales } from './fuse.js';
import { fuseData } from './fuse-data.js';
import { fusePoolings } from './fuse-pooling.js';
import { keepTops } from './keep-tops.js';
import { layOut } from './layout.js';
import { isOverwritten, keepAlways, keepToEnd, lifetimes, placeStorages } from './memory.js';
import type { Laid, Slot } from './operation.js';
import type { Plan, PlanBlob, PlanFeed, PlanParam, PlanSolver } from './plan.js';
import { TensorTable } from './tensor-table.js';
import { mergeTowers } from './towers.js';
import { alignUp, product, rangeOf, type Storage, type View } from './view.js';

export interface CompileOptions {
  /** The solver will update the parameters. */
  train: boolean;
  /** Gradients are computed; default: in training. */
  backward?: boolean | undefined;
  /** Blobs to hand out after each pass; default: the net's outputs. */
  outputs?: readonly string[] | undefined;
  /** Blobs to leave readable to the end of a pass; all of them for debug_info. Outputs and losses always are. */
  keep?: 'all' | readonly string[] | undefined;
  /** Blobs whose values, not gradients, stay readable; costs their memory only. */
  watch?: readonly string[] | undefined;
  solver?: PlanSolver | undefined;
  /** False: towers are not merged. */
  towers?: boolean | undefined;
  /** False: every layer is a pass of its own. */
  fuse?: boolean | undefined;
  /** What will run the plan. Default: cpu. */
  device?: 'cpu' | 'cuda' | undefined;
}

export function compile(net: Net, options: CompileOptions): Plan {
  const drafted = draftNet(net, options.backward ?? options.train);
  const merged = options.towers === false ? drafted : mergeTowers(drafted, { phase: net.phase });
  const outputs = [...(options.outputs ?? net.outputs)];
  const visible = new Set([...outputs, ...(options.keep ?? []), ...(options.watch ?? [])]);
  const cuda = options.device === 'cuda';
  const apart = options.fuse === false || options.keep === 'all';
  const fuse = cuda ? fuseData : fusePoolings;
  const draft = keepTops(apart ? merged : fuse(merged, (name) => visible.has(name)));
  const separate = layOut(draft, { exact: options.keep !== undefined, memory: cuda ? 'caffe' : 'asked' });
  const laid = options.fuse === false ? separate : fuseRelus(fuseScales(separate));
  const named = nameSlots(draft, laid);
  const forward = laid.operations.flatMap((operation, o) => (operation.forward ? [o] : []));
  const backward = laid.operations.flatMap((operation, o) => (operation.backward ? [o] : [])).reverse();

  const storages = lifetimes(laid, forward, backward);
  const losses = findLosses(draft, laid);
  for (const { slot } of losses) {
    keepToEnd(slot);
    if (slot.diff) keepAlways(slot.diff);
  }
  for (const name of [...outputs, ...keptNames(options.keep, named), ...(options.watch ?? [])])
    keepToEnd(slotOf(name, named, net));
  const activation = placeStorages(storages);

  const tensors = new TensorTable(
    new Map(laid.operations.flatMap(({ counts }, o) => (counts === undefined ? [] : [[counts, o] as const]))),
  );
  const { params, size } = placeParams(net, tensors);
  const ids = (slot: Slot) => ({ data: tensors.add(slot.data), diff: slot.diff ? tensors.add(slot.diff) : -1 });
  const seen = (split: number | undefined) => (slot: Slot) => {
    const as = (view: View) => (split === undefined ? tensors.add(view) : tensors.addSeen(view, split));
    return { data: as(slot.data), diff: slot.diff ? as(slot.diff) : -1 };
  };
  return {
    net: net.name,
    phase: net.phase,
    blobs: [...named].map(([name, slot]) => ({ name, ...ids(slot), kept: isKept(slot, storages) })),
    params,
    layers: laid.operations.map(({ name, type, at, bottoms, tops, attributes, merged, fused, ...operation }) => ({
      name,
      type,
      ...(at && { at }),
      bottoms: bottoms.map(seen(operation.seen)),
      tops: tops.map(seen(operation.seen)),
      params: operation.params.map(({ id, shape, diff }) => {
        const reshaped = (tensor: number) => tensors.addTensor({ ...tensors.tensors[tensor]!, shape: [...shape] });
        return { data: reshaped(params[id]!.data), diff: diff ? reshaped(params[id]!.diff) : -1 };
      }),
      attributes,
      ...(merged && { merged }),
      ...(fused && { fused }),
    })),
    forward,
    backward,
    feeds: findFeeds(laid),
    sizes: { activation, param: size },
    losses: losses.map(({ slot, weight }) => ({ ...ids(slot), weight })),
    outputs,
    ...(options.solver && { solver: options.solver }),
    tensors: tensors.tensors,
  };
}

interface NamedSlot extends Slot {
  clobbered: boolean;
}

/** What a name stands for: of several blobs of one name the last, as in Caffe, but the program must reach its Inputs. */
function nameSlots(draft: Draft, laid: Laid): Map<string, NamedSlot> {
  const named = new Map<string, NamedSlot>();
  const inputs = new Set(laid.filled.map((blob) => draft.blobs[blob]!.name));
  for (const { name, blob, start, length } of draft.names) {
    const slot = laid.blobs[blob];
    if (!slot || (inputs.has(name) && named.has(name))) continue;
    const { diff } = laid.blobs[firstVersion(draft, blob)] ?? slot;
    const part = (view: View) => (start === undefined ? view : rangeOf(view, 0, start, length!)!);
    named.set(name, { data: part(slot.data), diff: diff && part(diff), clobbered: laid.clobbered.has(blob) });
  }
  return named;
}

/** In Caffe what all layers in place of a blob share ends up with the gradient of what the first of them was given. */
function firstVersion(draft: Draft, blob: number): number {
  const { changes } = draft.blobs[blob]!;
  return changes === undefined ? blob : firstVersion(draft, changes);
}

function keptNames(keep: CompileOptions['keep'], named: ReadonlyMap<string, Slot>): Iterable<string> {
  return keep === 'all' ? named.keys() : (keep ?? []);
}

function slotOf(name: string, named: ReadonlyMap<string, Slot>, { blobs }: Net): Slot {
  const slot = named.get(name);
  if (slot) return slot;
  const near = nearest(
    name,
    blobs.map((blob) => blob.name),
  );
  throw new SiameseError('input', `the net has no blob "${name}"`, near ? { help: `did you mean "${near}"?` } : {});
}

function isKept({ data, diff, clobbered }: NamedSlot, storages: readonly Storage[]): PlanBlob['kept'] {
  return !clobbered && !isOverwritten(data.storage, storages) && !(diff && isOverwritten(diff.storage, storages));
}

/** Parameters in Net.params order, each where a cache line begins; gradients lie at the same places of their arena. */
function placeParams(net: Net, tensors: TensorTable): { params: PlanParam[]; size: number } {
  let offset = 0;
  const params = net.params.map(({ shape, layer, learnable, name, index, lr_mult, decay_mult }): PlanParam => {
    const tensor = { offset, shape: [...shape], split: 0, pitch: 1 };
    offset = alignUp(offset + product(shape));
    return {
      learnable,
      name,
      layer: net.layers[layer]!.param.name ?? '',
      index,
      data: tensors.addTensor({ arena: 'param', ...tensor }),
      diff: learnable ? tensors.addTensor({ arena: 'gradient', ...tensor }) : -1,
      lr_mult,
      decay_mult,
    };
  });
  return { params, size: offset };
}

function findLosses(draft: Draft, laid: Laid): { slot: Slot; weight: number }[] {
  return draft.layers.flatMap(({ tops, lossWeights }) =>
    tops.flatMap((top, t) => (lossWeights[t] ? [{ slot: laid.blobs[top]!, weight: lossWeights[t]! }] : [])),
  );
}

/** Native types that are FedLayers. */
const FED = new Set(['Data', 'HDF5Data']);

function findFeeds(laid: Laid): PlanFeed[] {
  return laid.operations.flatMap(({ type, name, tops, attributes }, layer) => {
    if (!FED.has(type)) return [];
    const images = typeof attributes.images_per_blob === 'number' ? attributes.images_per_blob : 1;
    return [{ layer, name, recordsPerPass: tops[0]!.data.shape[0]! * (attributes.stacked ? 1 : images) }];
  });
}
