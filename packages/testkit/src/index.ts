export { skewedClock } from './clock/skewed-clock.ts';
export {
  type RunLimit,
  virtualClock,
  type VirtualClock,
  type VirtualClockOptions,
} from './clock/virtual-clock.ts';
export { type SeededRandom, seededRandom } from './random/seeded-random.ts';
