import {
  type Address,
  type Clock,
  formatAddress,
  NotRunningError,
  PeerUnreachableError,
  type Unsubscribe,
} from '@macula/core';
import type { Backend, BackendDialOptions } from '../src/backend.ts';
import type { Connection } from '../src/connection.ts';
import { memoryConnectionPair, type MemoryConnection } from './memory-connection.ts';

/** How the network treats dials to one address over one protocol. */
export type Treatment = 'answers' | 'refuses' | 'swallows';

/** A network in memory for backends of both protocols, in the clock's time. */
export class MemoryBackends {
  readonly clock: Clock;
  /** Milliseconds from one end to the other; a handshake takes twice that. */
  latencyMs = 1;
  /** Every dial that was tried, as `protocol host:port`. */
  readonly dials: string[] = [];
  /** What could end each of them. */
  readonly signals: AbortSignal[] = [];
  /** Dials that have begun and not ended, now and at most. */
  readonly underway = { now: 0, most: 0 };
  /** Both ends of every connection that was made, in order. */
  readonly connections: (readonly [MemoryConnection, MemoryConnection])[] = [];
  private readonly listening = new Map<string, MemoryBackend>();
  private readonly treatments = new Map<string, Treatment>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  backend(protocol: Connection['protocol'], address: Address, certificate: Uint8Array): Backend {
    return new MemoryBackend(this, protocol, address, certificate);
  }

  treat(protocol: Connection['protocol'], address: Address, treatment: Treatment): void {
    this.treatments.set(keyOf(protocol, address), treatment);
  }

  listen(backend: MemoryBackend): Unsubscribe {
    const key = keyOf(backend.protocol, backend.address);
    this.listening.set(key, backend);
    return () => this.listening.delete(key);
  }

  /** Dials as `from`; rejects as the treatment says. */
  async connect(from: MemoryBackend, address: Address, signal: AbortSignal): Promise<Connection> {
    const key = keyOf(from.protocol, address);
    this.dials.push(key);
    this.signals.push(signal);
    this.underway.now += 1;
    this.underway.most = Math.max(this.underway.most, this.underway.now);
    try {
      await this.roundTrip(this.treatments.get(key) === 'swallows', signal);
    } finally {
      this.underway.now -= 1;
    }
    const to = this.listening.get(key);
    if (to === undefined || this.treatments.get(key) === 'refuses') {
      throw new PeerUnreachableError(`${key} refused`);
    }
    const pair = memoryConnectionPair(
      { clock: this.clock, protocol: from.protocol, latencyMs: this.latencyMs },
      from,
      to,
    );
    this.connections.push(pair);
    to.accept(pair[1]);
    return pair[0];
  }

  private roundTrip(forEver: boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const timer = forEver ? undefined : this.clock.setTimer(resolve, this.latencyMs * 2);
      signal.addEventListener('abort', () => {
        timer?.cancel();
        reject(signal.reason as Error);
      });
    });
  }
}

class MemoryBackend implements Backend {
  readonly protocol: Connection['protocol'];
  readonly address: Address;
  readonly certificate: Uint8Array;
  private readonly network: MemoryBackends;
  private readonly listeners = new Set<(connection: Connection) => void>();
  private readonly connections = new Set<Connection>();
  private unlisten: Unsubscribe | undefined;

  constructor(
    network: MemoryBackends,
    protocol: Connection['protocol'],
    address: Address,
    certificate: Uint8Array,
  ) {
    this.network = network;
    this.protocol = protocol;
    this.address = address;
    this.certificate = certificate;
  }

  get localAddress(): Address {
    return this.address;
  }

  start(): Promise<void> {
    this.unlisten = this.network.listen(this);
    return Promise.resolve();
  }

  async dial(address: Address, options: BackendDialOptions): Promise<Connection> {
    if (this.unlisten === undefined) throw new NotRunningError('not started');
    const connection = await this.network.connect(this, address, options.signal);
    this.connections.add(connection);
    return connection;
  }

  onConnection(listener: (connection: Connection) => void): Unsubscribe {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  accept(connection: Connection): void {
    this.connections.add(connection);
    for (const listener of this.listeners) listener(connection);
  }

  stop(): Promise<void> {
    this.unlisten?.();
    for (const connection of this.connections) connection.close(0x0b, 'stopped');
    return Promise.resolve();
  }
}

function keyOf(protocol: string, address: Address): string {
  return `${protocol} ${formatAddress(address)}`;
}
