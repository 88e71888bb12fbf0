/**
 * Monotonic milliseconds with the same origin in all processes of the machine (CLOCK_MONOTONIC on Linux, its counterparts
 * elsewhere): what tells how long a message took from one process to another. A node's own Clock begins with its process,
 * and wall time is too coarse and may jump.
 */
export function machineNow(): number {
  // eslint-disable-next-line no-restricted-properties -- the reason is above; nothing here decides by it, it only measures
  return Number(process.hrtime.bigint()) / 1e6;
}
