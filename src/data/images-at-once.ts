/** How many images are under way together: enough for the decoding threads, and the next ones read meanwhile. */
import { availableParallelism } from 'node:os';

export const IMAGES_AT_ONCE = Math.max(4, 2 * availableParallelism());
