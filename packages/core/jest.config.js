import preset from '../../jest.preset.js';

export default {
  ...preset,
  displayName: 'core',
  coverageDirectory: 'coverage',
  coveragePathIgnorePatterns: ['/node_modules/', '/test/'],
};
