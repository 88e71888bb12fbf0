import type { NetworkConditions } from '../network/conditions.ts';
import type { Latency } from '../network/latency.ts';

/** Delays as `latencyMs` draws them, but none below `floorMs`. */
export function atLeast(floorMs: number, latencyMs: NetworkConditions['latencyMs']): Latency {
  return (from, to, random) => {
    if (typeof latencyMs === 'number') return Math.max(floorMs, latencyMs);
    if (typeof latencyMs === 'function') return Math.max(floorMs, latencyMs(from, to, random));
    const { min, max } = latencyMs;
    return Math.max(floorMs, min + (max - min) * random.next());
  };
}
