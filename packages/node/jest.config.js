import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'node', coverageDirectory: 'coverage' };
