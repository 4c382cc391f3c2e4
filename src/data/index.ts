/** What other parts use of the data side. */
export { createFeed } from './create-feed.js';
export type { Feed, FeedOptions, LabelStatistics } from './feed.js';
export { type Image, toChannels } from './image.js';
export { MemorySource } from './memory-source.js';
export { findFile, type OpenOptions, openLayerSource, openSource } from './open-source.js';
export { decodePng } from './png.js';
export type { RecordSource, RecordSourceInfo } from './record-source.js';
