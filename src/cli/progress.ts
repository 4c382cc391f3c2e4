/** The progress bar of a long run: one line at the bottom of a terminal, redrawn at most ten times a second. */
import { standardError } from './standard-streams.js';
import type { Terminal } from './terminal.js';

const REDRAW_MS = 100;
/** The rate is that of the last few seconds, so that it follows a machine whose load changes. */
const RATE_WINDOW_MS = 10_000;
const SPARKS = '▁▂▃▄▅▆▇█';

export class Progress {
  private readonly marks: { at: number; done: number }[] = [];
  private readonly losses: number[] = [];
  private drawnAt = 0;
  private done: number;
  private loss: number | undefined;
  private visible = false;
  private status = '';

  constructor(
    private readonly terminal: Terminal,
    private readonly unit: string,
    private readonly total: number,
    start = 0,
    private readonly stream: { write(text: string): unknown; columns?: number | undefined } = standardError,
  ) {
    this.done = start;
    terminal.keepBelow(this);
  }

  update(done: number, loss?: number, now = Date.now()): void {
    this.done = done;
    this.status = '';
    if (loss !== undefined) {
      this.loss = loss;
      this.losses.push(loss);
      // Halving keeps the whole run in view at a fixed length.
      if (this.losses.length > 64) this.losses.splice(0, 64, ...this.losses.filter((_, i) => i % 2 === 1));
    }
    this.marks.push({ at: now, done });
    while (this.marks.length > 2 && now - this.marks[0]!.at > RATE_WINDOW_MS) this.marks.shift();
    if (now - this.drawnAt < REDRAW_MS) return;
    this.drawnAt = now;
    this.show();
  }

  /** What is going on where nothing moves on: shown until the next update. */
  say(status: string): void {
    this.status = status;
    this.show();
  }

  hide(): void {
    if (this.visible) this.stream.write('\r\x1b[K');
    this.visible = false;
  }

  show(): void {
    this.stream.write(`\r\x1b[K${this.text()}`);
    this.visible = true;
  }

  /** Removes the bar for good. */
  finish(): void {
    this.hide();
    this.terminal.keepBelow(undefined);
  }

  /** The line as it would be drawn; the bar takes the room that the figures leave. */
  text(): string {
    const share = this.total > 0 ? Math.min(1, this.done / this.total) : 1;
    const rate = this.rate();
    const figures = [
      `${this.done}/${this.total}`,
      `${Math.floor(share * 100)} %`,
      rate > 0 ? `${rate >= 10 ? rate.toFixed(0) : rate.toFixed(1)} ${this.unit}/s` : '',
      this.status,
      rate > 0 && share < 1 && !this.status ? `ETA ${clock((this.total - this.done) / rate)}` : '',
      this.loss === undefined ? '' : `loss ${Number(this.loss.toPrecision(4))}`,
    ].filter(Boolean);
    const columns = this.stream.columns ?? 80;
    let tail = figures.join('  ');
    const spark = sparkline(this.losses, 16);
    if (spark && tail.length + spark.length + 14 < columns) tail += ` ${spark}`;
    const room = Math.min(40, columns - tail.length - 4);
    if (room < 5) return tail.slice(0, Math.max(0, columns - 1));
    const filled = Math.round(share * room);
    const { talkPaint } = this.terminal;
    return `${talkPaint('green', '━'.repeat(filled))}${talkPaint('dim', '─'.repeat(room - filled))}  ${tail}`;
  }

  private rate(): number {
    const first = this.marks[0];
    const last = this.marks.at(-1);
    if (!first || !last || last.at <= first.at) return 0;
    return ((last.done - first.done) * 1000) / (last.at - first.at);
  }
}

/** Seconds as 0:07, 12:34 or 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Values as a row of blocks, averaged into `width` columns; empty while there are too few to show a course. */
export function sparkline(values: readonly number[], width: number): string {
  const finite = values.filter(Number.isFinite);
  if (finite.length < 4) return '';
  const columns = Math.min(width, finite.length);
  const means = Array.from({ length: columns }, (_, c) => {
    const part = finite.slice(
      Math.floor((c * finite.length) / columns),
      Math.floor(((c + 1) * finite.length) / columns),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
  const low = Math.min(...means);
  const span = Math.max(...means) - low || 1;
  return means.map((mean) => SPARKS[Math.min(7, Math.floor(((mean - low) / span) * 8))]).join('');
}
