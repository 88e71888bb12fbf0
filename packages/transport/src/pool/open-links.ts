import {
  type Clock,
  type FrameView,
  LimitExceededError,
  type Link,
  LinkCloseCode,
  type LinkStream,
  Listeners,
  type Logger,
  type NodeId,
  type Unsubscribe,
} from '@macula/core';
import type { Connection } from '../connection.ts';
import { greetingCloseCode } from '../greeting/close-code.ts';
import type { GreetingDialogue, GreetingResult } from '../greeting/greeting-step.ts';
import type { CreateLink, LinkHandlers, LinkRefusal, ManagedLink } from '../link/managed-link.ts';
import type { AddressBook } from './address-book.ts';
import { AddressQuota } from './address-quota.ts';
import type { Dials } from './dials.ts';
import { takesPeersLink } from './duplicate-rule.ts';
import type { HandlerTable } from './handler-table.ts';
import { identifyPeer } from './identify-peer.ts';
import type { LinkTable } from './link-table.ts';
import type { PoolMetrics } from './pool-metrics.ts';
import type { PoolLimits } from './pool-options.ts';

export interface OpenLinksDependencies {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: PoolMetrics;
  readonly table: LinkTable;
  readonly book: AddressBook;
  readonly handlers: HandlerTable;
  readonly createLink: CreateLink;
  readonly greeting: (peer: NodeId, initiator: boolean) => GreetingDialogue;
  /** The dial to a peer that is under way. */
  readonly dials: Pick<Dials, 'get' | 'adopt'>;
  /** The first link has opened after there was none. */
  readonly onFirst: () => void;
}

/** Makes links in both directions, decides which are taken, and follows each from opening to end. */
export class OpenLinks implements LinkHandlers {
  private readonly deps: OpenLinksDependencies;
  private readonly limits: PoolLimits;
  private readonly accepted: AddressQuota;
  private readonly listeners = new Listeners<[Link]>();

  constructor(deps: OpenLinksDependencies, limits: PoolLimits) {
    this.deps = deps;
    this.limits = limits;
    this.accepted = new AddressQuota(limits.maxLinksPerAddress, Infinity);
  }

  /** Puts a link on a connection, whose other end is `peer`, and starts its greeting. */
  create(connection: Connection, peer: NodeId): ManagedLink {
    const { createLink, greeting } = this.deps;
    const whenConfirmed = this.checkWhenConfirmed(connection, peer);
    const link = createLink({
      connection,
      peer,
      greeting: greeting(peer, connection.initiator),
      handlers: this,
    });
    whenConfirmed(link);
    return link;
  }

  /** Throws LimitExceededError when there is no room for another link, and none can be made. */
  assertRoom(): void {
    const { table } = this.deps;
    if (table.size >= this.limits.maxLinks && table.leastRecentlyUsed() === undefined) {
      throw new LimitExceededError(
        `all ${table.size} links are pinned (maxLinks); release one, or raise the limit`,
      );
    }
  }

  onLink(listener: (link: Link) => void): Unsubscribe {
    return this.listeners.add((link) => {
      try {
        listener(link);
      } catch (error) {
        this.deps.logger.error({ error, peer: link.peer.key }, 'a listener to new links failed');
      }
    });
  }

  admit(link: ManagedLink): LinkRefusal | undefined {
    const { table } = this.deps;
    if (!link.initiator && !this.takes(link.peer)) {
      return { code: LinkCloseCode.duplicate, message: 'there is another link with this node' };
    }
    const replaces = table.get(link.peer) !== undefined;
    if (!replaces && table.size >= this.limits.maxLinks && !this.makeRoom()) {
      return { code: LinkCloseCode.overloaded, message: 'this node has no room for more links' };
    }
    return link.initiator ? undefined : this.countAccepted(link);
  }

  opened(link: ManagedLink, greeting: GreetingResult): void {
    const { table, book, clock, dials, metrics } = this.deps;
    if (table.size === 0) this.deps.onFirst();
    const replaced = table.add(link, clock.now());
    metrics.linkOpened(link);
    link.onClose(({ code }) => {
      table.remove(link);
      metrics.linkClosed(link, code);
    });
    void replaced?.close(
      LinkCloseCode.duplicate,
      'a newer link with this node has taken its place',
    );
    if (link.initiator) book.reached(link.peer, link.remoteAddress, link.protocol);
    book.suggest(link.peer, greeting.addresses);
    dials.adopt(link);
    this.listeners.emit(link);
  }

  frame(link: ManagedLink, frame: FrameView): void {
    this.deps.handlers.frame(link, frame);
  }

  request(link: ManagedLink, kind: number, body: Uint8Array): Uint8Array | Promise<Uint8Array> {
    return this.deps.handlers.request(link, kind, body);
  }

  stream(link: ManagedLink, stream: LinkStream): void {
    this.deps.handlers.stream(link, stream);
  }

  private takes(peer: NodeId): boolean {
    const { self, table, clock, dials } = this.deps;
    const now = clock.now();
    const open = table.get(peer);
    const dial = dials.get(peer);
    return takesPeersLink({
      self,
      peer,
      ...(open && {
        existing: { initiator: open.initiator, ageMs: now - (table.openedAt(peer) ?? now) },
      }),
      ...(dial && { dialling: { reached: dial.reached, ageMs: now - dial.startedAt } }),
    });
  }

  private makeRoom(): boolean {
    const victim = this.deps.table.leastRecentlyUsed();
    if (victim === undefined) return false;
    this.deps.table.remove(victim);
    void victim.close(LinkCloseCode.idle, 'this node needs room for a link that is used more');
    return true;
  }

  private countAccepted(link: ManagedLink): LinkRefusal | undefined {
    const release = this.accepted.take(link.remoteAddress.host);
    if (release === undefined) {
      return { code: LinkCloseCode.overloaded, message: 'too many links from this address' };
    }
    link.onClose(release);
    return undefined;
  }

  /** A 0-RTT dial takes its pin for granted until the handshake has shown who is there. */
  private checkWhenConfirmed(connection: Connection, peer: NodeId): (link: ManagedLink) => void {
    if (connection.confirmed) return () => undefined;
    let created: ManagedLink | undefined;
    connection.onConfirmed(() => {
      try {
        identifyPeer(connection, this.deps.self, peer);
      } catch (error) {
        created?.abort(greetingCloseCode(error), (error as Error).message);
      }
    });
    return (link) => (created = link);
  }
}
