import { systemClock } from '@macula/core';
import { ephemeralIdentity } from '@macula/identity';
import type { Connection } from '../src/connection.ts';
import { HandshakeBudget, type HandshakeBudgetOptions } from '../src/handshake-budget.ts';
import { TcpBackend, type TcpBackendOptions } from '../src/tcp/tcp-backend.ts';
import type { TlsIdentity } from '../src/tcp/tls-options.ts';
import { CountingMetrics } from './counting-metrics.ts';

export interface TcpNode {
  readonly backend: TcpBackend;
  readonly metrics: CountingMetrics;
  /** Connections that peers have made, in order. */
  readonly accepted: Connection[];
  /** Sockets refused for a reason. */
  refused(reason: string): number;
}

export interface TcpFixture {
  node(
    options?: TcpBackendOptions & { identity?: TlsIdentity; handshakes?: HandshakeBudgetOptions },
  ): Promise<TcpNode>;
  stop(): Promise<void>;
}

/** TCP backends on 127.0.0.1, in real time. */
export function tcpFixture(): TcpFixture {
  const started: TcpBackend[] = [];
  return {
    async node({ identity, handshakes, ...options } = {}) {
      const metrics = new CountingMetrics();
      const backend = new TcpBackend(
        {
          identity: identity ?? (await ephemeralIdentity()),
          clock: systemClock,
          budget: new HandshakeBudget(systemClock, handshakes),
          metrics,
        },
        { host: '127.0.0.1', ...options },
      );
      const accepted: Connection[] = [];
      backend.onConnection((connection) => accepted.push(connection));
      await backend.start();
      started.push(backend);
      const refused = (reason: string): number =>
        metrics.value('macula_transport_tcp_handshakes_refused_total', { reason });
      return { backend, metrics, accepted, refused };
    },
    async stop() {
      await Promise.all(started.map((backend) => backend.stop()));
    },
  };
}
