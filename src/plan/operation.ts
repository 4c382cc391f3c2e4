/** What layout.ts makes of a draft: layers over views, before the views have a place in memory. */
import type { Position } from '../errors.js';
import type { DraftLayer } from './draft.js';
import type { Attribute } from './plan.js';
import type { View } from './view.js';

export interface Slot {
  data: View;
  diff?: View | undefined;
}

/** A layer of the plan, over views. */
export interface Operation {
  name: string;
  type: string;
  at?: Position | undefined;
  bottoms: Slot[];
  tops: Slot[];
  params: DraftLayer['params'];
  attributes: Record<string, Attribute>;
  forward: boolean;
  backward: boolean;
  /** The split that the layer sees its blobs in, where that is not the one they lie in. */
  seen?: number | undefined;
  /** Data that the backward pass reads, besides the diffs. */
  backwardReads: View[];
  counts?: number | undefined;
  merged?: string[] | undefined;
  fused?: string[] | undefined;
}

export interface Laid {
  operations: Operation[];
  /** By draft blob; undefined for those that the towers pass has done away with. */
  blobs: (Slot | undefined)[];
  /** Blobs that the program fills before a pass: their memory is theirs for good. */
  filled: number[];
  /** Blobs whose gradient is a view of one that an in-place layer goes on to change. */
  clobbered: ReadonlySet<number>;
}
