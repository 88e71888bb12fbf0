import {
  type Clock,
  type DatagramSocket,
  type Logger,
  type Metrics,
  type Random,
} from '@macula/core';
import type { Identity } from '@macula/identity';
import type { Backend } from './backend.ts';
import type { HandshakeBudget } from './handshake-budget.ts';
import { QuicUnavailableError } from './quic/binding.ts';
import { createQuicBackend } from './quic/create-quic-backend.ts';
import { TcpBackend } from './tcp/tcp-backend.ts';
import type { TransportOptions } from './transport-options.ts';
import type { Turn } from './turn.ts';
import { bindUdpSocket } from './udp/udp-socket.ts';

/** Binds a datagram socket for QUIC; `port` 0 lets the system choose. */
export type BindDatagrams = (options: {
  readonly host: string;
  readonly port: number;
  readonly metrics: Metrics;
}) => Promise<DatagramSocket>;

export interface OpenBackendsDependencies {
  readonly identity: Identity;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly budget: HandshakeBudget;
  readonly turn: Turn;
  readonly bindDatagrams?: BindDatagrams;
}

/** Ports that are tried until one is free for UDP and TCP alike, where the system chooses it. */
const maxPortTries = 10;

/**
 * Starts the wanted backends, QUIC first, on one port number. Throws what the first backend throws that cannot
 * listen; what had started by then is stopped.
 */
export async function openBackends(
  deps: OpenBackendsDependencies,
  options: TransportOptions,
): Promise<readonly Backend[]> {
  for (let tries = 1; ; tries += 1) {
    const started: Backend[] = [];
    try {
      await startAll(deps, options, started);
      return started;
    } catch (error) {
      await Promise.all(started.map((backend) => backend.stop()));
      const systemsChoice = (options.port ?? 0) === 0 && started.length > 0;
      if (!systemsChoice || tries === maxPortTries) throw error;
    }
  }
}

async function startAll(
  deps: OpenBackendsDependencies,
  options: TransportOptions,
  started: Backend[],
): Promise<void> {
  if (options.quic ?? true) {
    const quic = await openQuic(deps, options);
    if (quic !== undefined) started.push(quic);
  }
  if (options.tcp ?? true) {
    const { identity, clock, budget, metrics } = deps;
    const port = started[0]?.localAddress.port ?? options.port ?? 0;
    const tcp = new TcpBackend(
      { identity, clock, budget, metrics },
      { ...options.tcpOptions, host: options.host ?? '::', port },
    );
    await tcp.start();
    started.push(tcp);
  }
}

/** Undefined where the platform has no binding and TCP stands in. */
async function openQuic(
  deps: OpenBackendsDependencies,
  options: TransportOptions,
): Promise<Backend | undefined> {
  const { identity, clock, random, metrics, turn, budget, bindDatagrams = bindUdpSocket } = deps;
  const where = { host: options.host ?? '::', port: options.port ?? 0, metrics };
  const socket = await bindDatagrams(where);
  try {
    const backend = await createQuicBackend(
      { identity, socket, clock, random, turn, allowance: budget, logger: deps.logger, metrics },
      options.quicOptions,
    );
    await backend.start();
    return backend;
  } catch (error) {
    await socket.close();
    if (!(error instanceof QuicUnavailableError) || options.tcp === false) throw error;
    deps.logger.warn({ error }, 'QUIC is not available here: links run over TCP alone');
    return undefined;
  }
}
