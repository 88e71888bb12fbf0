import {
  type Address,
  type Clock,
  type DialOptions,
  formatAddress,
  type FrameHandler,
  InvalidArgumentError,
  type Link,
  LinkCloseCode,
  Listeners,
  type NodeId,
  NotRunningError,
  PeerUnreachableError,
  type RequestHandler,
  type StreamHandler,
  type Unsubscribe,
  withDeadline,
  WrongIdentityError,
} from '@macula/core';
import { AddressBook } from './address-book.ts';
import type { Connector } from './connector.ts';
import { HandlerTable } from './handler-table.ts';
import type { LinkOwner } from './link-owner.ts';
import type { Medium } from './medium.ts';
import type { MemoryLink } from './memory-link.ts';
import type { MemoryLinks, NodeIdentity } from './memory-links.ts';
import type { NodeClock } from './node-clock.ts';
import type { NodeTally } from './traffic-stats.ts';

const defaultDialTimeoutMs = 10_000;

/** A node as its network sees it; its users see MemoryLinks. */
export class MemoryNode implements MemoryLinks, LinkOwner {
  readonly identity: NodeIdentity;
  readonly clock: NodeClock;
  readonly traffic: NodeTally;
  /** What `clock` runs on: the network's clock, perhaps skewed. */
  readonly baseClock: Clock;
  readonly handlers = new HandlerTable();
  /** The ends of all connections, also those that are still being set up. */
  readonly ends = new Set<MemoryLink>();
  condition: LinkOwner['condition'] = 'running';
  private readonly medium: Medium;
  private readonly connector: Connector;
  private readonly pool = new Map<string, MemoryLink>();
  private readonly dials = new Map<string, Promise<MemoryLink>>();
  private readonly addresses = new AddressBook();
  private readonly pins = new Map<string, { readonly peer: NodeId; count: number }>();
  private readonly linkListeners = new Listeners<[Link]>();
  private stopping: Promise<void> | undefined;

  constructor(
    medium: Medium,
    connector: Connector,
    identity: NodeIdentity,
    baseClock: Clock,
    clock: NodeClock,
  ) {
    this.baseClock = baseClock;
    this.medium = medium;
    this.traffic = medium.stats.tallyOf(identity.self);
    this.connector = connector;
    this.identity = identity;
    this.clock = clock;
  }

  get self(): NodeId {
    return this.identity.self;
  }

  get localAddresses(): readonly Address[] {
    return this.identity.localAddresses;
  }

  get pinned(): readonly NodeId[] {
    return Array.from(this.pins.values(), ({ peer }) => peer);
  }

  async link(peer: NodeId, options: DialOptions = {}): Promise<Link> {
    this.assertRunning();
    if (peer.equals(this.self)) throw new InvalidArgumentError('a node has no link to itself');
    const open = this.get(peer);
    if (open !== undefined) return open;
    let dial = this.dials.get(peer.key);
    if (dial === undefined) {
      dial = this.dialKnown(peer).finally(() => this.dials.delete(peer.key));
      this.dials.set(peer.key, dial);
    }
    return this.await(dial, `dial to ${peer.key}`, options);
  }

  get(peer: NodeId): Link | undefined {
    return this.pool.get(peer.key);
  }

  all(): Iterable<Link> {
    return [...this.pool.values()];
  }

  async dial(
    address: Address,
    options: DialOptions & { readonly expected?: NodeId } = {},
  ): Promise<Link> {
    this.assertRunning();
    const { expected } = options;
    return this.await(
      (signal) => this.connector.connect(this, address, expected, signal),
      `dial to ${formatAddress(address)}`,
      options,
    );
  }

  learn(peer: NodeId, addresses: readonly Address[]): void {
    if (!peer.equals(this.self)) this.addresses.learn(peer, addresses);
  }

  pin(peer: NodeId): Unsubscribe {
    const pin = this.pins.get(peer.key) ?? { peer, count: 0 };
    this.pins.set(peer.key, pin);
    pin.count++;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      if (--pin.count === 0) this.pins.delete(peer.key);
    };
  }

  hasPinned(peer: NodeId): boolean {
    return this.pins.has(peer.key);
  }

  onLink(listener: (link: Link) => void): Unsubscribe {
    return this.linkListeners.add((link) => {
      try {
        listener(link);
      } catch (error) {
        this.medium.report({ node: this.self.key, what: 'link listener', error });
      }
    });
  }

  handle(kind: number, handler: FrameHandler): Unsubscribe {
    return HandlerTable.register(this.handlers.frames, kind, handler);
  }

  handleRequest(kind: number, handler: RequestHandler): Unsubscribe {
    return HandlerTable.register(this.handlers.requests, kind, handler);
  }

  handleStream(kind: number, handler: StreamHandler): Unsubscribe {
    return HandlerTable.register(this.handlers.streams, kind, handler);
  }

  stop(): Promise<void> {
    this.stopping ??= this.shutDown();
    return this.stopping;
  }

  linkOpened(link: MemoryLink): void {
    // Two connections between the same nodes only overlap while the older one is closing.
    this.pool.get(link.peer.key)?.finish({
      code: LinkCloseCode.duplicate,
      message: 'replaced by a newer link',
      remote: false,
    });
    this.pool.set(link.peer.key, link);
    this.linkListeners.emit(link);
  }

  linkClosed(link: MemoryLink): void {
    this.ends.delete(link);
    if (this.pool.get(link.peer.key) === link) this.pool.delete(link.peer.key);
  }

  /** The process is gone: nothing here runs again. */
  crash(): void {
    this.condition = 'crashed';
    this.clock.kill();
    this.pool.clear();
    this.forgetAll();
  }

  private async shutDown(): Promise<void> {
    if (this.condition === 'crashed') return;
    const closing = [...this.ends].map((link) =>
      link.close(LinkCloseCode.shutdown, 'the node stops'),
    );
    await Promise.all(closing);
    this.condition = 'stopped';
    this.forgetAll();
    this.connector.forget(this);
  }

  /** The network keeps nodes that are no more, as they may come back; what ran on them it does not keep. */
  private forgetAll(): void {
    this.linkListeners.clear();
    this.handlers.clear();
    this.addresses.clear();
    this.pins.clear();
  }

  private async dialKnown(peer: NodeId): Promise<MemoryLink> {
    const known = [...this.addresses.of(peer), ...this.connector.addressesOf(peer)];
    let failure: unknown;
    for (const address of known) {
      try {
        return await this.connector.connect(this, address, peer);
      } catch (error) {
        failure = error;
        const tryNext =
          error instanceof PeerUnreachableError || error instanceof WrongIdentityError;
        if (!tryNext || this.stopping !== undefined) break;
      }
    }
    throw failure ?? new PeerUnreachableError(`no address of ${peer.key} is known: learn() one`);
  }

  private await(
    dial: Promise<Link> | ((signal: AbortSignal) => Promise<Link>),
    what: string,
    options: DialOptions,
  ): Promise<Link> {
    const { timeout = defaultDialTimeoutMs, signal } = options;
    return withDeadline(this.clock, dial, { timeout, signal, what });
  }

  private assertRunning(): void {
    if (this.stopping !== undefined || this.condition === 'crashed') {
      throw new NotRunningError(`node ${this.self.key} does not run any more`);
    }
  }
}
