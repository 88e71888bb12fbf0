export {
  type Address,
  distinctAddresses,
  formatAddress,
  parseAddress,
  parseAddresses,
} from './address.ts';
export { type BackoffOptions, backoffDelay } from './backoff.ts';
export { CircuitBreaker, type CircuitBreakerOptions } from './circuit-breaker.ts';
export type { Clock, Timer } from './contracts/clock.ts';
export type { DatagramListener, DatagramSocket } from './contracts/datagram-socket.ts';
export type {
  Announcement,
  ConfirmOptions,
  Directory,
  DirectoryChange,
  DirectoryEntry,
  DirectoryWatch,
  LookupOptions,
} from './contracts/directory.ts';
export type { EncodedFrame, FrameView } from './contracts/frame.ts';
export {
  type Link,
  LinkCloseCode,
  type LinkCloseReason,
  type LinkState,
  type LinkStream,
  type RequestOptions,
} from './contracts/link.ts';
export type {
  DialOptions,
  FrameHandler,
  Links,
  RequestHandler,
  StreamHandler,
} from './contracts/links.ts';
export { type LogFields, type Logger, silentLogger } from './contracts/logger.ts';
export type { Member, Membership, MembershipChange, MemberStatus } from './contracts/membership.ts';
export {
  type Counter,
  type Gauge,
  type Histogram,
  type MetricDescription,
  type MetricLabels,
  type Metrics,
  noMetrics,
} from './contracts/metrics.ts';
export type { Random } from './contracts/random.ts';
export type { Startable } from './contracts/startable.ts';
export { type TrafficClass, trafficClasses, trafficClassOf } from './contracts/traffic-class.ts';
export type { Unsubscribe } from './contracts/unsubscribe.ts';
export { type DeadlineOptions, withDeadline } from './deadline.ts';
export { DirectoryKey } from './directory-key.ts';
export {
  AbortedError,
  InvalidArgumentError,
  InvalidRealmError,
  InvalidUriError,
  LimitExceededError,
  LinkClosedError,
  MaculaError,
  NotRunningError,
  PeerUnreachableError,
  ProtocolError,
  RequestFailedError,
  StreamResetError,
  TimeoutError,
  WrongIdentityError,
  WrongRealmError,
} from './errors.ts';
export { Id } from './id.ts';
export { Listeners } from './listeners.ts';
export { MetricsScope } from './metrics-scope.ts';
export { NodeId } from './node-id.ts';
export { pause } from './pause.ts';
export { Pattern, type PatternMatch, type PatternOptions } from './pattern.ts';
export { PatternIndex } from './pattern-index.ts';
export { patternCovers, patternsOverlap } from './pattern-relation.ts';
export { parseRealm, type Realm } from './realm.ts';
export { systemClock } from './system/system-clock.ts';
export { systemRandom } from './system/system-random.ts';
export { TimerWheel } from './timer-wheel.ts';
export {
  literalPrefixesOf,
  maxUriLength,
  maxUriSegments,
  parseUri,
  type Uri,
  type UriMode,
} from './uri.ts';
