import preset from '../../jest.preset.js';

export default { ...preset, displayName: 'pubsub', coverageDirectory: 'coverage' };
