export { createLevelStore } from './level-store.ts';
