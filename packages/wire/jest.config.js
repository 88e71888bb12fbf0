import preset from '../../jest.preset.js';

export default {
  ...preset,
  displayName: 'wire',
  coverageDirectory: 'coverage',
  // Generated code is its generator's to test.
  coveragePathIgnorePatterns: ['/node_modules/', '/src/gen/', '/test/'],
};
