/**
 * Imports the ES module h5wasm. By itself, because only a file that Node has loaded as a module of its own may use
 * `import()`: the bundle leaves it where it is (scripts/bundle.js).
 */
export const importLibrary = () => import('h5wasm/node');
