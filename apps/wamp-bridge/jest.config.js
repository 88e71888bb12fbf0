import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'wamp-bridge', coverageDirectory: 'coverage' };
