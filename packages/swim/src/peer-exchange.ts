import {
  type Clock,
  type EncodedFrame,
  type FrameView,
  type Link,
  type Links,
  type Listeners,
  type Logger,
  type Member,
  type Membership,
  type MembershipChange,
  type Metrics,
  type NodeId,
  noMetrics,
  NotRunningError,
  ProtocolError,
  type Random,
  silentLogger,
  type Startable,
  type Timer,
  type Unsubscribe,
} from '@macula/core';
import { FrameKind } from '@macula/wire';
import { Bootstrap } from './bootstrap.ts';
import { changeListeners } from './change-listeners.ts';
import { DialGate } from './dial-gate.ts';
import { MemberRoster } from './member-roster.ts';
import type { MemberStatement } from './member-statement.ts';
import {
  leaveFrame,
  maxKnownPerFrame,
  memberUpdateFrame,
  peersFrame,
  readLeave,
  readMemberUpdate,
  readPeers,
} from './membership-frames.ts';
import { OpenLinks } from './open-links.ts';
import {
  type PeerExchangeOptions,
  type PeerExchangeSettings,
  settingsOf,
} from './peer-exchange-options.ts';
import { SelfDescription } from './self-description.ts';

export interface PeerExchangeDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

/** Membership by peer exchange; see `createPeerExchange`. */
export interface PeerExchange extends Membership, Startable {
  /**
   * Whether this node has found its place: it has met a member (or is its own only bootstrap node), every linked peer has named those it knows, and each
   * of them has been met or was dialled in vain at least once. May become false again, as when somebody joins.
   */
  readonly settled: boolean;
}

/**
 * Membership by peer exchange: whenever a link opens, both sides introduce themselves and then name the
 * members they have met, and every node dials those it has no link to. So a mesh of up to `maxMembers` nodes
 * becomes a full mesh, in which everybody watches everybody by the link between them.
 * Throws InvalidArgumentError for options that cannot work.
 */
export function createPeerExchange(
  deps: PeerExchangeDeps,
  options: PeerExchangeOptions = {},
): PeerExchange {
  return new LinkedMembership(deps, options);
}

class LinkedMembership implements PeerExchange {
  readonly #deps: Required<PeerExchangeDeps>;
  readonly #settings: PeerExchangeSettings;
  readonly #self: SelfDescription;
  readonly #roster: MemberRoster;
  readonly #bootstrap: Bootstrap;
  readonly #openLinks: OpenLinks;
  readonly #listeners: Listeners<[MembershipChange]>;
  readonly #handlers: Unsubscribe[] = [];
  #exchangeTimer: Timer | undefined;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(deps: PeerExchangeDeps, options: PeerExchangeOptions) {
    const logger = deps.logger ?? silentLogger;
    this.#deps = { ...deps, logger, metrics: deps.metrics ?? noMetrics };
    this.#settings = settingsOf(options);
    this.#self = new SelfDescription(deps, options);
    this.#openLinks = new OpenLinks(deps.links);
    this.#listeners = changeListeners(logger);
    const gate = new DialGate(this.#settings.maxConcurrentDials);
    this.#roster = new MemberRoster({ ...this.#deps, gate }, this.#settings, (change) =>
      this.#changed(change),
    );
    this.#bootstrap = new Bootstrap(
      { ...this.#deps, gate, failures: this.#roster.metrics.bootstrapFailures },
      options.bootstrap ?? [],
      this.#settings.dialTimeoutMs,
    );
  }

  get self(): Member {
    return this.#self.toMember();
  }

  get settled(): boolean {
    const hasCompany = !this.#roster.alone || this.#bootstrap.leadsNowhere;
    return hasCompany && !this.#roster.expectsMore && this.#openLinks.allHeard;
  }

  *members(): Iterable<Member> {
    for (const member of this.#roster.table.present()) yield member.toMember();
  }

  get(id: NodeId): Member | undefined {
    const member = this.#roster.table.get(id.key);
    return member === undefined || member.lifecycle.state === 'candidate'
      ? undefined
      : member.toMember();
  }

  onChange(listener: (change: MembershipChange) => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  setMetadata(metadata: Readonly<Record<string, string>>): void {
    this.#self.setMetadata(metadata);
    this.#announceSelf();
  }

  /** Throws NotRunningError after stop(). */
  async start(): Promise<void> {
    if (this.#state === 'stopped') throw new NotRunningError('this membership has been stopped');
    if (this.#state === 'running') return;
    this.#state = 'running';
    const { links } = this.#deps;
    this.#handlers.push(
      links.handle(FrameKind.peers, (link, frame) => this.#onPeers(link, frame)),
      links.handle(FrameKind.memberUpdate, (link, frame) =>
        this.#introduced(link, readMemberUpdate(frame)),
      ),
      links.handle(FrameKind.leave, (link, frame) =>
        this.#roster.left(link.peer, readLeave(frame)),
      ),
    );
    this.#openLinks.start(
      (link) => this.#introduceSelf(link),
      (link) => this.#onLinkClosed(link),
    );
    this.#bootstrap.start();
    this.#scheduleExchange();
  }

  /** Tells the others that this node leaves. The links stay open: they belong to `links`. */
  async stop(): Promise<void> {
    if (this.#state === 'running') {
      const goodbye = leaveFrame(this.#self.incarnation);
      for (const link of this.#openLinks.all()) link.send(goodbye);
    }
    this.#state = 'stopped';
    this.#exchangeTimer?.cancel();
    this.#bootstrap.stop();
    this.#openLinks.stop();
    for (const unsubscribe of this.#handlers.splice(0)) unsubscribe();
    this.#listeners.clear();
    this.#roster.table.clear();
  }

  #onPeers(link: Link, frame: FrameView): void {
    const { self, known } = readPeers(frame);
    this.#introduced(link, self);
    this.#openLinks.hear(link);
    for (const statement of known) {
      if (!statement.id.equals(this.#deps.links.self)) this.#roster.told(statement);
      else if (this.#self.refute(statement.incarnation)) this.#announceSelf();
    }
  }

  #introduced(link: Link, self: MemberStatement): void {
    if (!self.id.equals(link.peer)) {
      throw new ProtocolError(`the peer ${link.peer.key} introduces itself as ${self.id.key}`);
    }
    if (link.state !== 'open' && link.state !== 'early') return;
    this.#roster.met(link, self);
    // Only now, not when the link opens: of two nodes that join at the same time, the second one to be
    // met hears of the first for certain.
    if (this.#openLinks.introduce(link)) this.#sendPeers(link);
  }

  #onLinkClosed(link: Link): void {
    const other = this.#deps.links.get(link.peer);
    if (other !== undefined && other !== link && other.state !== 'closed') return;
    this.#roster.lost(link.peer);
  }

  #changed(change: MembershipChange): void {
    if (this.#roster.alone) this.#bootstrap.hurry();
    this.#listeners.emit(change);
  }

  #announceSelf(): void {
    if (this.#state !== 'running') return;
    for (const link of this.#openLinks.all()) this.#introduceSelf(link);
  }

  #introduceSelf(link: Link): void {
    const frame = memberUpdateFrame(this.#self.statement());
    this.#openLinks.send(link, frame, () => this.#peersFor(link));
  }

  #sendPeers(link: Link): void {
    this.#openLinks.send(link, this.#peersFor(link), () => this.#peersFor(link));
  }

  #peersFor(link: Link): EncodedFrame {
    const { table } = this.#roster;
    const known = [...table.present()]
      .filter((member) => !member.id.equals(link.peer))
      .map((member) => ({
        statement: member.statement(),
        suspect: member.lifecycle.state === 'suspect',
      }));
    const receiver = table.get(link.peer.key);
    if (receiver !== undefined && receiver.lifecycle.state !== 'candidate') {
      known.unshift({ statement: receiver.statement(), suspect: false });
    }
    return peersFrame(this.#self.statement(), known.slice(0, maxKnownPerFrame));
  }

  #scheduleExchange(): void {
    const { clock, random } = this.#deps;
    this.#exchangeTimer = clock.setTimer(
      () => {
        const links = [...this.#openLinks.all()];
        const link = links[links.length === 0 ? 0 : random.integer(links.length)];
        if (link !== undefined) this.#sendPeers(link);
        this.#scheduleExchange();
      },
      this.#settings.exchangeIntervalMs * (0.5 + random.next()),
      { background: true },
    );
  }
}
