import {
  type Clock,
  type DatagramSocket,
  type Links,
  type Logger,
  type Metrics,
  type NodeId,
  noMetrics,
  NotRunningError,
  type Random,
  silentLogger,
  type Startable,
  systemClock,
  systemRandom,
  TimerWheel,
} from '@macula/core';
import type { Identity, RealmAdmission } from '@macula/identity';
import { FrameWriter, protocolVersion } from '@macula/wire';
import type { Backend } from './backend.ts';
import { Greeting } from './greeting/greeting.ts';
import { nonceBytes } from './greeting/peer-hello.ts';
import { HandshakeBudget } from './handshake-budget.ts';
import { ChunkPool } from './link/chunk-pool.ts';
import { linkFactory } from './link/connection-link.ts';
import { defaultLinkLimits } from './link/link-context.ts';
import { LocalAddresses } from './local-addresses.ts';
import { type BindDatagrams, openBackends } from './open-backends.ts';
import type { QuicBackend } from './quic/create-quic-backend.ts';
import { LinkPool } from './pool/link-pool.ts';
import { type ResolveName, systemResolver } from './pool/name-resolver.ts';
import { assertTransportOptions, type TransportOptions } from './transport-options.ts';
import { Turn } from './turn.ts';

export interface TransportDependencies {
  /** Who this node is. Its owner starts and stops it. */
  readonly identity: Identity;
  /** The realm, and how it admits members. */
  readonly admission: RealmAdmission;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Default: the system's, which is cryptographic. */
  readonly random?: Random;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Default: none. */
  readonly metrics?: Metrics;
  /** Where QUIC's packets go. Default: a UDP socket. */
  readonly bindDatagrams?: BindDatagrams;
  /** Looks DNS names up. Default: the system's resolver. */
  readonly resolve?: ResolveName;
}

/** The links of one node over real networks. */
export interface Transport extends Links, Startable {
  /**
   * Goes on with another socket for QUIC, which becomes the transport's, when the machine has come to another network.
   * Links that this node has dialled move there and stay open; `localAddresses` are those of the new socket. Links that
   * peers have dialled cannot move: the former socket serves them for 3 seconds, or until the transport stops; then
   * they close, and this resolves. TCP goes on where it was. Throws NotRunningError where QUIC does not run; the
   * socket is the caller's then.
   */
  migrate(socket: DatagramSocket): Promise<void>;
}

/**
 * Makes a node's transport: QUIC, and TLS over TCP where UDP does not get through, on one port number, under one
 * pool. Nothing is bound before `start()`, which throws InvalidArgumentError when the port cannot be
 * listened on. Throws InvalidArgumentError for options that make no sense.
 */
export function createTransport(
  deps: TransportDependencies,
  options: TransportOptions = {},
): Transport {
  assertTransportOptions(options);
  const { identity, admission, bindDatagrams, resolve = systemResolver } = deps;
  const { clock = systemClock, random = systemRandom } = deps;
  const { logger = silentLogger, metrics = noMetrics } = deps;
  const self = identity.nodeId;
  const timers = new TimerWheel(clock);
  const turn = new Turn();
  const budget = new HandshakeBudget(clock, options.handshakes);
  const addresses = new LocalAddresses(clock, options.announce);
  const offer = { versions: [protocolVersion], features: options.features ?? [] };
  const agent = options.agent ?? 'macula';

  const createLink = linkFactory({
    ...{ clock, timers, turn, logger },
    chunks: new ChunkPool(),
    writer: new FrameWriter(),
    limits: { ...defaultLinkLimits, ...options.links },
  });
  const greeting = (peer: NodeId, initiator: boolean): Greeting =>
    new Greeting({
      ...{ admission, self, peer, initiator, offer, agent },
      nonce: random.bytes(nonceBytes),
      addresses: addresses.current(),
    });
  let quic: QuicBackend | undefined;
  const open = async (): Promise<readonly Backend[]> => {
    const shared = { identity, clock, random, logger, metrics, budget, turn };
    const backends = await openBackends(
      bindDatagrams ? { ...shared, bindDatagrams } : shared,
      options,
    );
    addresses.bind(backends.map(({ localAddress }) => localAddress));
    quic = backends.find(isQuic);
    return backends;
  };
  const migrate = async (socket: DatagramSocket): Promise<void> => {
    if (quic === undefined)
      throw new NotRunningError('QUIC does not run: there is nothing to move');
    const moved = quic.migrate(socket);
    addresses.bind([quic.localAddress]);
    await moved;
  };
  const pool = new LinkPool(
    {
      ...{ self, clock, random, timers, logger, metrics, createLink, greeting, resolve },
      localAddresses: () => addresses.current(),
      openBackends: open,
    },
    options.pool,
  );
  return Object.assign(pool, { migrate });
}

function isQuic(backend: Backend): backend is QuicBackend {
  return backend.protocol === 'quic';
}
