/** Some axes as one: a Reshape. */
export { Reshape as Flatten } from './Reshape';
