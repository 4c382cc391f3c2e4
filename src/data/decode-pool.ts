/**
 * Worker threads that decode images, so that a training's own thread is free and several cores decode: JPEG and its like
 * are decoded by libvips' threads in any case, but planes, sizes, crops and small PNGs are JavaScript.
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, SiameseError } from '../errors.js';
import { packageRoot } from '../package-root.js';
import { type DecodeJob, type Decoder, decodeJob } from './decoder.js';
import type { Image } from './image.js';
import { IMAGES_AT_ONCE } from './images-at-once.js';

/** What a worker is sent and answers: several images, since a message costs as much as a small one. */
export interface GroupRequest {
  id: number;
  jobs: DecodeJob[];
}

export interface GroupAnswer {
  id: number;
  /** The pixels of all images, one after another. */
  bytes: Uint8Array;
  results: (Omit<Image, 'bytes'> | DecodeFailure)[];
}

export interface DecodeFailure {
  message: string;
  help?: string | undefined;
  /** Of a SiameseError. */
  code?: ErrorCode | undefined;
  /** Of the file system. */
  errno?: string | undefined;
}

/** Before so many images were asked for, workers are not worth their start (60 ms and 20 MB each). */
const WORTH_WORKERS = 64;
const GROUP = 8;
/** Groups that a worker has at a time: it prepares one while libvips decodes the other. */
const GROUPS_AHEAD = 2;
/** More threads than this would wait for the disk, or for this thread. */
const MOST_WORKERS = 16;

interface Waiting {
  job: DecodeJob;
  resolve: (image: Image) => void;
  reject: (error: unknown) => void;
}

interface Member {
  worker: Worker;
  groups: Map<number, Waiting[]>;
}

export class DecodePool implements Decoder {
  readonly atOnce: number;
  readonly #members: Member[] = [];
  #queue: Waiting[] = [];
  #asked = 0;
  #nextId = 0;
  #dispatching = false;

  /**
   * `workers` threads at most, 0: all is done by this thread; `from`: images before the first of them is started; `file`:
   * the module that they run.
   */
  constructor(
    readonly workers: number,
    private readonly from = WORTH_WORKERS,
    private readonly file = workerFile(),
  ) {
    this.atOnce = Math.max(IMAGES_AT_ONCE, workers * GROUP * GROUPS_AHEAD);
  }

  decode(job: DecodeJob): Promise<Image> {
    if (this.workers === 0 || this.#asked++ < this.from) return decodeJob(job);
    return new Promise((resolve, reject) => {
      this.#queue.push({ job, resolve, reject });
      if (this.#dispatching) return;
      this.#dispatching = true;
      // Those that are asked for together go together.
      queueMicrotask(() => {
        this.#dispatching = false;
        this.#dispatch();
      });
    });
  }

  /** Ends the threads; what was asked for and is not decoded is rejected. */
  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ worker }) => worker.terminate()));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      let member: Member | undefined;
      try {
        member = this.#free();
      } catch (cause) {
        this.#rejectQueue(
          new SiameseError('device', `cannot start a thread that decodes images: ${(cause as Error).message}`, {
            help: '--workers 0 does without',
            cause,
          }),
        );
      }
      if (!member) return;
      const fair = Math.ceil(this.#queue.length / this.workers);
      const group = this.#queue.splice(0, Math.min(GROUP, fair));
      const id = this.#nextId++;
      member.groups.set(id, group);
      member.worker.ref();
      const jobs = group.map(({ job }) => job);
      member.worker.postMessage({ id, jobs } satisfies GroupRequest, transferable(jobs));
    }
  }

  /** The one with the least to do; a new one while there may be more. */
  #free(): Member | undefined {
    const least = this.#members.reduce<Member | undefined>(
      (best, member) => (best && best.groups.size <= member.groups.size ? best : member),
      undefined,
    );
    if (least && least.groups.size === 0) return least;
    if (this.#members.length < this.workers) return this.#start();
    return least && least.groups.size < GROUPS_AHEAD ? least : undefined;
  }

  #start(): Member {
    const worker = new Worker(this.file);
    const member: Member = { worker, groups: new Map() };
    this.#members.push(member);
    worker.on('message', (answer: GroupAnswer) => this.#finish(member, answer));
    worker.on('error', (cause) => this.#lose(member, cause));
    worker.on('exit', () => this.#lose(member));
    return member;
  }

  #finish(member: Member, { id, bytes, results }: GroupAnswer): void {
    const group = member.groups.get(id)!;
    member.groups.delete(id);
    if (member.groups.size === 0) member.worker.unref(); // an idle worker does not keep the program alive
    this.#dispatch();
    let at = 0;
    for (const [i, result] of results.entries()) {
      if ('message' in result) {
        group[i]!.reject(revived(result));
        continue;
      }
      const size = result.channels * result.height * result.width;
      group[i]!.resolve({ ...result, bytes: bytes.subarray(at, at + size) });
      at += size;
    }
  }

  /** A worker that ended: by an error, its memory limit, or close(). What waits is left to the others, if there are any. */
  #lose(member: Member, cause?: Error): void {
    const at = this.#members.indexOf(member);
    if (at < 0) return; // an error is followed by the exit
    this.#members.splice(at, 1);
    const why = cause ? `: ${cause.message}` : '';
    const error = new SiameseError('device', `a thread that decodes images ended${why}`, { cause });
    for (const group of member.groups.values()) for (const { reject } of group) reject(error);
    member.groups.clear();
    if (this.#members.length === 0) this.#rejectQueue(error);
  }

  #rejectQueue(error: SiameseError): void {
    for (const { reject } of this.#queue.splice(0)) reject(error);
  }
}

let shared: DecodePool | undefined;

/** The threads that all data sets of this process share; one for each core. */
export function sharedDecoder(): Decoder {
  shared ??= new DecodePool(existsSync(workerFile()) ? Math.min(availableParallelism(), MOST_WORKERS) : 0);
  return shared;
}

/** Workers run the compiled module, wherever this one runs from. */
function workerFile(): string {
  return path.join(packageRoot, 'dist', 'data', 'decode-worker.js');
}

/** The images' own bytes are handed over; views of something larger are copied. */
function transferable(jobs: readonly DecodeJob[]): ArrayBuffer[] {
  return jobs.flatMap(({ bytes }) =>
    bytes && bytes.byteLength === bytes.buffer.byteLength ? [bytes.buffer as ArrayBuffer] : [],
  );
}

function revived({ message, help, code, errno }: DecodeFailure): Error {
  if (code) return new SiameseError(code, message, { help });
  return Object.assign(new Error(message), errno !== undefined && { code: errno });
}
