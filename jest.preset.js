export default {
  testEnvironment: 'node',
  forceExit: true,
  // A limit for what hangs, not a measure of speed: busy machines are slow.
  testTimeout: 120_000,
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.test.ts', '!src/gen/**'],
  coverageThreshold: { global: { lines: 85 } },
  testMatch: ['<rootDir>/{src,test}/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironmentOptions: {
    customExportConditions: ['@macula/source', 'node', 'node-addons'],
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        module: { type: 'es6' },
        jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
        sourceMaps: 'inline',
      },
    ],
  },
};
