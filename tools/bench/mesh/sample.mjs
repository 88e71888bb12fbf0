// What travels in a measured message, and how samples are summed up.

const filler = '.'.repeat(64 * 1024);

/** CLOCK_MONOTONIC in nanoseconds: comparable between the processes of one machine. */
export const nanoseconds = () => process.hrtime.bigint();

/** ASCII of `size` bytes: 16 hex digits of send time, 8 of sequence, filler. Costs every contender the same. */
export function stamp(size, sequence) {
  const time = nanoseconds().toString(16).padStart(16, '0');
  return Buffer.from(
    time + sequence.toString(16).padStart(8, '0') + filler.slice(0, size - 24),
    'latin1',
  );
}

/** Send time of a stamped message. */
export function sentAt(bytes) {
  return BigInt('0x' + Buffer.from(bytes.buffer, bytes.byteOffset, 16).toString('latin1'));
}

/** Microseconds since a stamped message was sent. */
export const age = (bytes) => Number(nanoseconds() - sentAt(bytes)) / 1000;

export function percentiles(samples) {
  const sorted = Float64Array.from(samples).sort();
  const at = (share) =>
    sorted.length === 0
      ? null
      : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

export function median(values) {
  const sorted = values
    .filter((value) => value !== null && value !== undefined)
    .sort((a, b) => a - b);
  return sorted.length === 0 ? null : sorted[Math.floor((sorted.length - 1) / 2)];
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
