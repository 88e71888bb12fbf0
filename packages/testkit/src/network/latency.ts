import { InvalidArgumentError, type NodeId, type Random } from '@macula/core';

/** Draws the one-way delay of one packet, in milliseconds. Pure but for `random`, which it must draw all chance from. */
export type Latency = (from: NodeId, to: NodeId, random: Random) => number;

/** Every packet takes `ms`. */
export function constantLatency(ms: number): Latency {
  demand(ms >= 0, `a delay must be at least 0 ms, got ${ms}`);
  return () => ms;
}

/** Delays spread evenly over [minMs, maxMs). */
export function uniformLatency(minMs: number, maxMs: number): Latency {
  demand(minMs >= 0 && maxMs >= minMs, `delays need 0 ≤ min ≤ max, got ${minMs} to ${maxMs}`);
  return (_from, _to, random) => minMs + (maxMs - minMs) * random.next();
}

export interface LogNormalLatencyOptions {
  /** Half of all packets are faster. */
  readonly medianMs: number;
  /** Standard deviation of the delay's logarithm: 0.1 is a quiet line, 0.5 a mobile one. Default 0.25. */
  readonly sigma?: number;
  /** No packet takes longer. Default 100 × the median. */
  readonly maxMs?: number;
}

/** Delays with a long tail, as measured between hosts of the Internet: their logarithms are distributed normally. */
export function logNormalLatency({
  medianMs,
  sigma = 0.25,
  maxMs = medianMs * 100,
}: LogNormalLatencyOptions): Latency {
  demand(medianMs > 0, `the median delay must be above 0 ms, got ${medianMs}`);
  demand(sigma >= 0, `sigma must be at least 0, got ${sigma}`);
  demand(maxMs >= medianMs, `the longest delay, ${maxMs} ms, is below the median, ${medianMs} ms`);
  return (_from, _to, random) =>
    Math.min(maxMs, medianMs * Math.exp(sigma * standardNormal(random)));
}

export interface ZonedLatencyOptions {
  /** Which zone a node is in: a rack, a site, a region. */
  readonly zoneOf: (node: NodeId) => string;
  /** The delay between two nodes of one zone. */
  readonly within: Latency;
  /** The delay between nodes of two zones. */
  readonly between: (fromZone: string, toZone: string) => Latency;
}

/** Delays by zone. */
export function zonedLatency({ zoneOf, within, between }: ZonedLatencyOptions): Latency {
  return (from, to, random) => {
    const [here, there] = [zoneOf(from), zoneOf(to)];
    return (here === there ? within : between(here, there))(from, to, random);
  };
}

/** A place on Earth, in degrees. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

export interface GeographicLatencyOptions {
  /** What every packet takes besides its way: last mile, queues. Default 1 ms. */
  readonly local?: Latency;
  /** How much longer cables are than great circles. Default 1.5. */
  readonly detour?: number;
}

/** Light travels so many kilometres in a millisecond of glass fibre. */
const fibreKmPerMs = 200;
const earthRadiusKm = 6_371;

/** Delays by distance along the great circle, at the speed of light in fibre. */
export function geographicLatency(
  placeOf: (node: NodeId) => Place,
  { local = constantLatency(1), detour = 1.5 }: GeographicLatencyOptions = {},
): Latency {
  demand(detour >= 1, `the detour must be at least 1, got ${detour}`);
  return (from, to, random) =>
    local(from, to, random) + (greatCircleKm(placeOf(from), placeOf(to)) * detour) / fibreKmPerMs;
}

/** Distance on the surface of the Earth, by the haversine formula. */
export function greatCircleKm(a: Place, b: Place): number {
  const radians = Math.PI / 180;
  const half = (degrees: number): number => Math.sin((degrees * radians) / 2) ** 2;
  const chord =
    half(b.latitude - a.latitude) +
    Math.cos(a.latitude * radians) *
      Math.cos(b.latitude * radians) *
      half(b.longitude - a.longitude);
  return 2 * earthRadiusKm * Math.asin(Math.min(1, Math.sqrt(chord)));
}

/** Box and Muller (1958). Draws twice each time, so that one source gives the same sequence to everybody. */
function standardNormal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new InvalidArgumentError(message);
}
