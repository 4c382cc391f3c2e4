/** Imports the ES module h5wasm: by itself, so that a test can put another in its place. */
export const importLibrary = () => import('h5wasm/node');
