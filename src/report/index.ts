/** Pictures. */
export { type ConfusionOptions, confusionMatrix } from './confusion.js';
export { type CurvesOptions, curves } from './curves.js';
export { type DistancesOptions, distanceHistogram, rocCurve } from './distances.js';
export { type ReportPage, reportHtml, type Section } from './html.js';
export { drawNet, type NetDrawingOptions } from './net-drawing.js';
export { type PairDistances, pairDistances, type Roc, rocOf } from './pair-distances.js';
export { type Color, Picture } from './picture.js';
export { type Projection, project } from './project.js';
export { toPng } from './raster.js';
export { type ScatterOptions, scatter } from './scatter.js';
export { toSvg } from './svg.js';
export { readTrainingLog, type Series } from './training-log.js';
export { umap } from './umap.js';
export { layersWithWeights, type WeightMapOptions, weightMaps } from './weight-maps.js';
