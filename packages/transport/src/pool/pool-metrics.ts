import { type Counter, LinkCloseCode, MaculaError, type Metrics } from '@macula/core';
import type { ManagedLink } from '../link/managed-link.ts';

const directions = ['dialled', 'accepted'] as const;
const protocols = ['quic', 'tcp'] as const;

/** Reasons that get a series of their own; whatever else comes counts as `other`. */
const failureCodes = new Set([
  'macula.timeout',
  'macula.aborted',
  'macula.limit_exceeded',
  'macula.link.closed',
  'macula.link.duplicate',
  'macula.dial.self',
  'macula.peer.unreachable',
  'macula.peer.wrong_identity',
  'macula.peer.wrong_realm',
  'macula.peer.not_admitted',
  'macula.peer.overloaded',
  'macula.protocol',
  'macula.protocol.version_mismatch',
]);

const closeNames = new Map<number, string>(
  Object.entries(LinkCloseCode).map(([name, code]) => [code, name]),
);

/** What the pool counts. */
export class PoolMetrics {
  private readonly metrics: Metrics;
  private readonly open = new Map<string, number>();
  private readonly opened: Map<string, Counter>;
  private readonly dialsOk: Counter;
  private readonly received: Counter;
  private readonly sent: Counter;
  private readonly counted = new WeakMap<ManagedLink, { received: number; sent: number }>();

  constructor(metrics: Metrics) {
    this.metrics = metrics;
    this.dialsOk = metrics.counter({
      name: 'macula_transport_dials_succeeded_total',
      help: 'Dials that ended with an open link.',
    });
    const bytes = (direction: string): Counter =>
      metrics.counter({
        name: 'macula_transport_link_bytes_total',
        help: 'Bytes of frames on links, by direction.',
        labels: { direction },
      });
    this.received = bytes('received');
    this.sent = bytes('sent');
    this.opened = new Map(
      directions.flatMap((direction) =>
        protocols.map((protocol) => [
          `${direction} ${protocol}`,
          this.seriesOf(direction, protocol),
        ]),
      ),
    );
  }

  linkOpened(link: ManagedLink): void {
    const key = keyOf(link);
    this.opened.get(key)?.inc();
    this.open.set(key, (this.open.get(key) ?? 0) + 1);
  }

  linkClosed(link: ManagedLink, code: number): void {
    this.traffic(link);
    const key = keyOf(link);
    this.open.set(key, (this.open.get(key) ?? 1) - 1);
    this.byReason(
      'macula_transport_links_closed_total',
      'Links that ended, by reason.',
      closeNames.get(code) ?? 'other',
    );
  }

  dialSucceeded(): void {
    this.dialsOk.inc();
  }

  dialFailed(error: unknown): void {
    const code = error instanceof MaculaError ? error.code : '';
    this.byReason(
      'macula_transport_dials_failed_total',
      'Dials that ended without a link, by reason.',
      failureCodes.has(code) ? code.replace(/^macula\./, '') : 'other',
    );
  }

  /** A peer's link ended before it was open. */
  arrivalRefused(code: number): void {
    this.byReason(
      'macula_transport_arrivals_refused_total',
      'Links dialled by peers that ended before they were open, by reason.',
      closeNames.get(code) ?? 'other',
    );
  }

  /** Counts what went over `link` since the last call. */
  traffic(link: ManagedLink): void {
    const { bytesReceived, bytesSent } = link;
    const before = this.counted.get(link);
    if (before === undefined) this.counted.set(link, { received: bytesReceived, sent: bytesSent });
    this.received.inc(bytesReceived - (before?.received ?? 0));
    this.sent.inc(bytesSent - (before?.sent ?? 0));
    if (before !== undefined) {
      before.received = bytesReceived;
      before.sent = bytesSent;
    }
  }

  private seriesOf(direction: string, protocol: string): Counter {
    const labels = { direction, protocol };
    this.metrics.observedGauge(
      { name: 'macula_transport_links_open', help: 'Links that are open now.', labels },
      () => this.open.get(`${direction} ${protocol}`) ?? 0,
    );
    return this.metrics.counter({
      name: 'macula_transport_links_opened_total',
      help: 'Links that were opened.',
      labels,
    });
  }

  private byReason(name: string, help: string, reason: string): void {
    this.metrics.counter({ name, help, labels: { reason } }).inc();
  }
}

function keyOf(link: ManagedLink): string {
  return `${link.initiator ? 'dialled' : 'accepted'} ${link.protocol}`;
}
