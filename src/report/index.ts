/** Pictures. */
export { drawNet, type NetDrawingOptions } from './net-drawing.js';
export { type Color, Picture } from './picture.js';
export { type Projection, project } from './project.js';
export { toPng } from './raster.js';
export { type ScatterOptions, scatter } from './scatter.js';
export { toSvg } from './svg.js';
