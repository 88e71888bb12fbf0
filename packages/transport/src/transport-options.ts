import { type Address, InvalidArgumentError } from '@macula/core';
import type { HandshakeBudgetOptions } from './handshake-budget.ts';
import type { LinkLimits } from './link/link-context.ts';
import type { PoolOptions } from './pool/pool-options.ts';
import type { QuicBackendOptions } from './quic/create-quic-backend.ts';
import type { TcpBackendOptions } from './tcp/tcp-backend.ts';

export interface TransportOptions {
  /** IP address to listen on. Default `::`, which is IPv4 and IPv6. */
  readonly host?: string;
  /** UDP and TCP port to listen on; 0 lets the system choose. Default 0. */
  readonly port?: number;
  /** Listen and dial over QUIC. Default true; without a QUIC binding for this platform, links run over TCP alone. */
  readonly quic?: boolean;
  /** Listen and dial over TLS on TCP, for peers that UDP does not reach. Default true. */
  readonly tcp?: boolean;
  /** Addresses that peers are told, best first; default: those of this machine's interfaces. Set it behind port forwarding. */
  readonly announce?: readonly Address[];
  /** Features of the layers above that are announced in the greeting. Default none. */
  readonly features?: readonly string[];
  /** Name and version of this software, for the logs of peers. Default `macula`. */
  readonly agent?: string;
  /** Limits and times of the pool. */
  readonly pool?: PoolOptions;
  /** Limits of each link. */
  readonly links?: Partial<LinkLimits>;
  /** How many handshakes one address may cause. */
  readonly handshakes?: HandshakeBudgetOptions;
  /** What only concerns QUIC. */
  readonly quicOptions?: QuicBackendOptions;
  /** What only concerns TCP. */
  readonly tcpOptions?: Omit<TcpBackendOptions, 'host' | 'port'>;
}

/** Throws InvalidArgumentError for options that make no sense together or by themselves. */
export function assertTransportOptions(options: TransportOptions): void {
  const { port = 0, quic = true, tcp = true } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError(`port must be an integer from 0 to 65535, got ${String(port)}`);
  }
  if (!quic && !tcp) {
    throw new InvalidArgumentError('quic and tcp are both off: a node needs one of them');
  }
  for (const [name, limit] of Object.entries(options.links ?? {})) {
    if (typeof limit !== 'number' || !(limit > 0)) {
      throw new InvalidArgumentError(`links.${name} must be above 0, got ${String(limit)}`);
    }
  }
}
