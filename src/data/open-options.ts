/** How a data set's encoded images are to be read. */
import type { Decoder } from './decoder.js';
import type { Interpolation } from './image-resize.js';
import type { ForcedChannels } from './record-collector.js';

export interface OpenOptions {
  /** Channels that encoded images are brought to; by default what they have. */
  channels?: ForcedChannels;
  /** Size that encoded images are brought to; by default they must all be of one size. */
  size?: { height: number; width: number } | undefined;
  /** How; `area` by default, which keeps thin strokes where an image shrinks much. */
  interpolation?: Interpolation | undefined;
  /** crop_size: where images have several sizes and `size` is not given, a window of so many pixels is cut out of each. */
  crop?: number | undefined;
  /** Who decodes; by default the threads that all data sets share. */
  decoder?: Decoder | undefined;
}
