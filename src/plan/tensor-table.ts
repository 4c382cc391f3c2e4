/** The plan's tensors, each view once. */
import type { PlanTensor, TensorId } from './plan.js';
import { clampSplit, product, type View } from './view.js';

export class TensorTable {
  readonly tensors: PlanTensor[] = [];
  private readonly known = new Map<string, TensorId>();

  /** `counters`: by View.items, the operation that counts. */
  constructor(private readonly counters: ReadonlyMap<number, number> = new Map()) {}

  add({ storage, offset, shape, split, pitch, items }: View): TensorId {
    const counter = items === undefined ? undefined : this.counters.get(items);
    return this.addTensor({
      arena: 'activation',
      offset: storage.offset + offset,
      shape: [...shape],
      split,
      pitch,
      ...(counter !== undefined && { items: counter }),
    });
  }

  /** A view in Caffe's order as a layer sees it that wants another split: the same floats, the rows side by side. */
  addSeen(view: View, wanted: number): TensorId {
    const { storage, offset, shape, pitch, items } = view;
    const split = clampSplit(wanted, shape);
    if (split === view.split) return this.add(view);
    if (view.split !== 0 || pitch !== 1) throw new Error(`a view of split ${view.split} is not in Caffe's order`);
    const [rows, cols] = [product(shape, split), product(shape, 0, split)];
    const counter = items === undefined ? undefined : this.counters.get(items);
    const rest = counter === undefined ? {} : { items: counter };
    const tensor = { arena: 'activation' as const, offset: storage.offset + offset, shape: [...shape], split, ...rest };
    return this.addTensor(
      rows > 1 && cols > 1 ? { ...tensor, pitch: 1, step: rows } : { ...tensor, pitch: rows > 1 ? 1 : cols },
    );
  }

  addTensor(tensor: PlanTensor): TensorId {
    const { arena, offset, shape, split, pitch, step = 1, items = '' } = tensor;
    const key = `${arena} ${offset} ${shape.join()} ${split} ${pitch} ${step} ${items}`;
    let id = this.known.get(key);
    if (id === undefined) {
      id = this.tensors.push(tensor) - 1;
      this.known.set(key, id);
    }
    return id;
  }
}
