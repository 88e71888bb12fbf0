import preset from '../../../../jest.preset.js';

// A user's project whose test fails, for the test of the line that it prints.
export default { ...preset, testMatch: ['<rootDir>/*.case.ts'] };
