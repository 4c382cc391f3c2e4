/** The plan's tensors, each view once. */
import type { PlanTensor, TensorId } from './plan.js';
import type { View } from './view.js';

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

  addTensor(tensor: PlanTensor): TensorId {
    const key = `${tensor.arena} ${tensor.offset} ${tensor.shape.join()} ${tensor.split} ${tensor.pitch} ${tensor.items ?? ''}`;
    let id = this.known.get(key);
    if (id === undefined) {
      id = this.tensors.push(tensor) - 1;
      this.known.set(key, id);
    }
    return id;
  }
}
