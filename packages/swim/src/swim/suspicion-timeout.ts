/** What a suspicion's length depends on. */
export interface SuspicionSettings {
  /** memberlist's SuspicionMult: shortest suspicion in periods, per decade of members. */
  readonly suspicionMult: number;
  /** memberlist's SuspicionMaxTimeoutMult: longest suspicion in multiples of the shortest. */
  readonly suspicionMaxMult: number;
  /** Length of a protocol period in milliseconds. */
  readonly probeIntervalMs: number;
}

/** Milliseconds that a suspicion lasts with all, and without any, confirmations. */
export interface SuspicionBounds {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * Shortest and longest suspicion in a mesh of `members`: Min = α · log10(n) periods, at least α of them, and Max = β · Min
 * (Lifeguard, arXiv 1707.00788, §IV-B; the constants as in memberlist's LAN profile, α = 4 and β = 6).
 */
export function suspicionBounds(members: number, settings: SuspicionSettings): SuspicionBounds {
  const decades = Math.max(1, Math.log10(Math.max(1, members)));
  const minMs = settings.suspicionMult * decades * settings.probeIntervalMs;
  return { minMs, maxMs: minMs * settings.suspicionMaxMult };
}

/**
 * How many further accusers shorten a suspicion to its minimum: K = α - 2, as in memberlist; none where
 * so many do not exist. `watchers` are those who probe the suspect, the first accuser among them.
 */
export function expectedConfirmations(watchers: number, suspicionMult: number): number {
  const k = Math.max(0, Math.floor(suspicionMult) - 2);
  return watchers - 1 < k ? 0 : k;
}

/**
 * Length of a suspicion in milliseconds after `confirmations` of `expected` independent ones:
 * max(Min, Max - (Max - Min) · log(C + 1) / log(K + 1)) (Lifeguard §IV-B). Without expected ones it is Min.
 */
export function suspicionTimeout(
  confirmations: number,
  expected: number,
  { minMs, maxMs }: SuspicionBounds,
): number {
  if (expected < 1) return minMs;
  const share = Math.log(confirmations + 1) / Math.log(expected + 1);
  return Math.max(minMs, maxMs - (maxMs - minMs) * share);
}

/**
 * When a suspicion ends that this node's own link corroborates, in the clock's milliseconds: after α/2 periods, and a period
 * after the member was found out of reach. The logarithm in `suspicionBounds` is the time that the suspicion and its
 * refutation take through the whole mesh; between neighbours a refutation needs one dial.
 */
export function corroboratedEnd(
  { suspectedAt, outOfReachAt }: { readonly suspectedAt: number; readonly outOfReachAt: number },
  { suspicionMult, probeIntervalMs }: Omit<SuspicionSettings, 'suspicionMaxMult'>,
): number {
  const halfLength = (suspicionMult / 2) * probeIntervalMs;
  return Math.max(suspectedAt + halfLength, outOfReachAt + probeIntervalMs);
}
