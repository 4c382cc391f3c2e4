/** What other parts use of the data side. */
export { createFeed } from './create-feed.js';
export { type DecodeOptions, decodeImage } from './decode-image.js';
export { DecodePool } from './decode-pool.js';
export type { Decoder } from './decoder.js';
export type { Feed, FeedOptions, LabelStatistics } from './feed.js';
export { type Image, toChannels } from './image.js';
export { type Interpolation, resizeImage } from './image-resize.js';
export { importFolder, importIdx, importMnist, importSource } from './import.js';
export type { ImportOptions, ImportResult } from './import-options.js';
export { importPairs, type PairOptions } from './import-pairs.js';
export { openLayerSource } from './layer-source.js';
export { MemoryFeed, MemoryFeedSource } from './memory-feed.js';
export { MemorySource } from './memory-source.js';
export { findFile, type OpenOptions, openSource } from './open-source.js';
export { decodePng } from './png.js';
export type { RecordSource, RecordSourceInfo } from './record-source.js';
