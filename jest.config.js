/** Tests run on the TypeScript sources; the native addon is the built one. */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '(\\.ts|/h5wasm/.*\\.js)$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } },
    ],
  },
  // An ES module, which Jest's require() cannot load as it is.
  transformIgnorePatterns: ['/node_modules/(?!h5wasm/)'],
  moduleNameMapper: {
    '^h5wasm/node$': '<rootDir>/node_modules/h5wasm/dist/node/hdf5_hl.js',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  maxWorkers: 2,
  testTimeout: 60_000, // a busy machine may take long over what takes milliseconds on an idle one
  reporters: ['default', '<rootDir>/scripts/jest-summary.js'],
};
