/** The mean of the last `average_loss` losses, kept as Caffe keeps it. */

export class SmoothedLoss {
  constructor(
    private readonly window: number,
    /** Iteration that the window's slots are counted from. */
    readonly start: number,
    readonly losses: number[] = [],
    public value = 0,
  ) {}

  copy(): SmoothedLoss {
    return new SmoothedLoss(this.window, this.start, [...this.losses], this.value);
  }

  add(loss: number, iteration: number): void {
    if (this.losses.length < this.window) {
      this.losses.push(loss);
      const { length } = this.losses;
      this.value = (this.value * (length - 1) + loss) / length;
    } else {
      const slot = (iteration - this.start) % this.window;
      this.value += (loss - this.losses[slot]!) / this.window;
      this.losses[slot] = loss;
    }
  }
}
