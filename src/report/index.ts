/** Pictures. */
export { type Projection, project } from './project.js';
export { type ScatterOptions, scatter } from './scatter.js';
