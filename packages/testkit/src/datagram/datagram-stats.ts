/** What has become of the datagrams that one address sent to another. */
export interface DatagramStats {
  /** Handed to `send`. */
  sent: number;
  sentBytes: number;
  /** Handed to a listener, copies included. */
  delivered: number;
  deliveredBytes: number;
  /** Lost by chance. */
  lost: number;
  duplicated: number;
  reordered: number;
  corrupted: number;
  /** Longer than the MTU. */
  oversized: number;
  /** Stopped by a partition or a blackhole. */
  blocked: number;
  /** Came when the direction's buffer was full. */
  overflowed: number;
  /** Nobody was at the address when it arrived. */
  unclaimed: number;
}

export function noDatagrams(): DatagramStats {
  return {
    sent: 0,
    sentBytes: 0,
    delivered: 0,
    deliveredBytes: 0,
    lost: 0,
    duplicated: 0,
    reordered: 0,
    corrupted: 0,
    oversized: 0,
    blocked: 0,
    overflowed: 0,
    unclaimed: 0,
  };
}
