/** Nets put together at random, but always well-formed: what nobody would think of writing down as a test. */

interface Blob {
  name: string;
  shape: number[];
}

/** The prototxt of a net that depends on the seed only, but for its batch. */
export function randomNet(seed: number, batch: number): string {
  return new Maker(seed, batch).make();
}

class Maker {
  private readonly blobs: Blob[] = [];
  private readonly lines: string[] = [];
  private count = 0;

  constructor(
    private state: number,
    private readonly batch: number,
  ) {}

  make(): string {
    this.add(
      'Input',
      [],
      [this.fresh([this.batch, 2, 3, 2]), this.fresh([this.batch, 2, 3, 2]), this.fresh([this.batch, 4])],
      (tops) =>
        `input_param { ${tops.map(({ shape }) => `shape { ${shape.map((dim) => `dim: ${dim}`).join(' ')} }`).join(' ')} }`,
    );
    const steps = 6 + this.below(14);
    for (let i = 0; i < steps; i++) this.step();
    this.end();
    return `${this.below(8) === 0 ? 'force_backward: true\n' : ''}${this.lines.join('\n')}\n`;
  }

  private step(): void {
    const blob = this.pick(this.blobs);
    const maps = blob.shape.length === 4 && blob.shape[0] === this.batch;
    const actions = [
      () => this.unary('ReLU', blob, this.below(2) === 0),
      () => this.unary('Power', blob, false),
      () => this.slice(blob),
      () => this.join(blob),
      () => this.reshape(blob),
      () => blob.shape.length > 1 && this.learn(blob, maps),
      () => this.towers(blob),
      () => this.unary('Softmax', blob, false, `softmax_param { axis: ${this.below(blob.shape.length)} }`),
      () => this.add('Silence', [blob], []),
    ];
    this.pick(actions)();
  }

  private unary(type: string, bottom: Blob, inPlace: boolean, options = ''): void {
    this.add(type, [bottom], [inPlace ? bottom : this.fresh(bottom.shape)], () => options);
  }

  private slice(bottom: Blob): void {
    const axes = [...bottom.shape.keys()].filter((axis) => bottom.shape[axis]! > 1);
    if (axes.length === 0) return;
    const axis = this.pick(axes);
    const point = 1 + this.below(bottom.shape[axis]! - 1);
    const part = (length: number) => this.fresh(bottom.shape.map((dim, a) => (a === axis ? length : dim)));
    this.add(
      'Slice',
      [bottom],
      [part(point), part(bottom.shape[axis]! - point)],
      () => `slice_param { axis: ${axis} slice_point: ${point} }`,
    );
  }

  private join(bottom: Blob): void {
    const same = this.blobs.filter(({ shape, name }) => name !== bottom.name && shape.join() === bottom.shape.join());
    if (same.length === 0) return;
    const other = this.pick(same);
    if (this.below(2) === 0) {
      this.add('Eltwise', [bottom, other], [this.fresh(bottom.shape)]);
      return;
    }
    const axis = this.below(bottom.shape.length);
    const shape = bottom.shape.map((dim, a) => (a === axis ? 2 * dim : dim));
    this.add('Concat', [bottom, other], [this.fresh(shape)], () => `concat_param { axis: ${axis} }`);
  }

  private reshape(bottom: Blob): void {
    const total = bottom.shape.reduce((n, dim) => n * dim, 1);
    const shapes = [
      [bottom.shape[0]!, total / bottom.shape[0]!],
      [total],
      [1, total],
      [total, 1],
      [...bottom.shape, 1],
    ];
    if (total % 2 === 0) shapes.push([2, total / 2], [total / 2, 2]);
    const shape = this.pick(shapes);
    this.add(
      'Reshape',
      [bottom],
      [this.fresh(shape)],
      () => `reshape_param { shape { ${shape.map((dim) => `dim: ${dim}`).join(' ')} } }`,
    );
  }

  private learn(bottom: Blob, maps: boolean, share = '', outputs = 2 + this.below(3)): Blob {
    const down = this.below(10) === 0 ? `propagate_down: ${this.below(2) === 0}` : '';
    const frozen = this.below(6) === 0 ? 'param { lr_mult: 0 } param { lr_mult: 0 }' : '';
    const params = share ? `param { name: "${share}w" } param { name: "${share}b" }` : frozen;
    const [batch] = bottom.shape;
    const top = this.fresh(maps ? [batch!, outputs, ...bottom.shape.slice(2)] : [batch!, outputs]);
    const options = maps
      ? `convolution_param { num_output: ${outputs} kernel_size: 1 }`
      : `inner_product_param { num_output: ${outputs} }`;
    this.add(maps ? 'Convolution' : 'InnerProduct', [bottom], [top], () => `${params} ${share ? '' : down} ${options}`);
    return top;
  }

  /** The same layers with the same parameters on two or three blobs of one shape. */
  private towers(first: Blob): void {
    const alike = this.blobs.filter(({ shape }) => shape.join() === first.shape.join() && shape.length > 1);
    const inputs = alike.slice(0, 2 + this.below(2));
    if (inputs.length < 2) return;
    const maps = first.shape.length === 4;
    const share = `s${this.count}`;
    const depth = 1 + this.below(3);
    const kinds = Array.from({ length: depth }, () => this.below(4));
    for (const blob of inputs) {
      let top = this.learn(blob, maps, share, 3);
      kinds.forEach((kind, d) => {
        if (kind === 0) this.unary('ReLU', top, true);
        if (kind === 1) top = this.learn(top, maps, `${share}_${d}`, 3);
        if (kind === 2 && this.below(3) > 0) this.unary('Power', top, false);
        if (kind === 3) this.unary('Dropout', top, true);
      });
    }
  }

  /** Some losses; the rest is left unread, and is an output. */
  private end(): void {
    const losses = 1 + this.below(3);
    for (let i = 0; i < losses; i++) {
      const blob = this.pick(this.blobs);
      const same = this.blobs.filter(({ shape, name }) => name !== blob.name && shape.join() === blob.shape.join());
      const weight = this.below(3) === 0 ? 'loss_weight: 0.5' : '';
      if (same.length > 0) this.add('EuclideanLoss', [blob, this.pick(same)], [this.fresh([])], () => weight);
      else this.add('Power', [blob], [this.fresh(blob.shape)], () => 'loss_weight: 2');
    }
  }

  private add(type: string, bottoms: Blob[], tops: Blob[], options: (tops: Blob[]) => string = () => ''): void {
    const list = (key: string, blobs: Blob[]) => blobs.map(({ name }) => `${key}: "${name}"`).join(' ');
    this.lines.push(
      `layer { name: "l${this.count++}" type: "${type}" ${list('bottom', bottoms)} ${list('top', tops)} ${options(tops)} }`,
    );
    for (const top of tops) if (!this.blobs.includes(top) && top.shape.length > 0) this.blobs.push(top);
  }

  private fresh(shape: number[]): Blob {
    return { name: `b${this.count++}`, shape };
  }

  private pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  private below(limit: number): number {
    this.state = (Math.imul(this.state ^ (this.state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((this.state ^ (this.state >>> 13)) >>> 0) % limit;
  }
}
