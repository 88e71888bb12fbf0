import {
  type Clock,
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
  type Random,
  silentLogger,
  type Startable,
  type Unsubscribe,
} from '@macula/core';
import { changeListeners } from '../change-listeners.ts';
import type { Rumour } from './rumour.ts';
import type { Snapshot } from './snapshot.ts';
import { StatementPool } from './statement-pool.ts';
import { type SwimOptions, swimSettings } from './swim-options.ts';
import { type SwimParts, wireSwim } from './swim-parts.ts';

export interface SwimDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
  /** What members say of themselves; share one between simulated nodes of one process. Default one of its own. */
  readonly statements?: StatementPool;
}

/** Membership by SWIM with Lifeguard; see `createSwim`. */
export interface Swim extends Membership, Startable {
  /** Whether this node has joined by one of its bootstrap addresses, or has none but its own. */
  readonly settled: boolean;
  /** Lifeguard's local health score: 0 is well, 7 the worst. */
  readonly localHealth: number;
  /** Members that this node keeps a link to. */
  readonly neighbours: number;
  /** How many `members()` there are. */
  readonly size: number;
}

/**
 * Membership by SWIM (Das, Gupta and Motivala 2002) with the Lifeguard extensions (arXiv 1707.00788): every node
 * probes one neighbour per period, asks others before it suspects, and passes news on with its probes. Beyond 64
 * members its neighbours are those on k rings, so links and messages per node stay constant. Links are
 * authenticated, rumours are not signed: any member is believed what it says of any other, as long as that one does not object.
 * Throws InvalidArgumentError for options that cannot work.
 */
export function createSwim(deps: SwimDeps, options: SwimOptions = {}): Swim {
  return new SwimMembership(deps, options);
}

class SwimMembership implements Swim {
  readonly #parts: SwimParts;
  readonly #listeners: Listeners<[MembershipChange]>;
  /** Taken in with the start. */
  #snapshot: Snapshot | undefined;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(given: SwimDeps, options: SwimOptions) {
    const { logger = silentLogger, metrics = noMetrics } = given;
    const settings = swimSettings(options);
    const statements = given.statements ?? new StatementPool(settings.maxMembers);
    this.#snapshot = options.snapshot && statements.snapshot(options.snapshot);
    this.#listeners = changeListeners(logger);
    this.#parts = wireSwim(
      {
        ...{ ...given, logger, metrics, statements },
        running: () => this.#isRunning(),
        changed: (type, member) => {
          this.#parts.metrics.changes[type].inc();
          this.#listeners.emit({ type, member: member.toMember() });
        },
      },
      settings,
      options,
    );
  }

  get self(): Member {
    return this.#parts.self.toMember();
  }

  get settled(): boolean {
    return this.#parts.entries.settled;
  }

  get localHealth(): number {
    return this.#parts.health.score;
  }

  get neighbours(): number {
    return this.#parts.neighbourhood.size;
  }

  get size(): number {
    return this.#parts.roster.presentCount;
  }

  *members(): Iterable<Member> {
    for (const member of this.#parts.roster.all()) if (member.present) yield member.toMember();
  }

  get(id: NodeId): Member | undefined {
    return this.#parts.roster.get(id.key)?.toMember();
  }

  onChange(listener: (change: MembershipChange) => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  setMetadata(metadata: Readonly<Record<string, string>>): void {
    const { gossip, hearing, self } = this.#parts;
    self.setMetadata(metadata);
    self.renew();
    if (this.#state === 'running') gossip.spread(hearing.ownRumour());
  }

  /** Throws NotRunningError after stop(). */
  async start(): Promise<void> {
    if (this.#state === 'stopped') throw new NotRunningError('this membership has been stopped');
    if (this.#state === 'running') return;
    this.#state = 'running';
    const { entries, gossip, hearing, neighbourhood, prober, reception, reconnection } =
      this.#parts;
    const { sync } = this.#parts;
    reception.start();
    neighbourhood.start();
    prober.start();
    sync.start();
    entries.review();
    if (this.#snapshot !== undefined) hearing.recall(this.#snapshot);
    this.#snapshot = undefined;
    // Whoever is told of those members may stop this node.
    if (!this.#isRunning()) return;
    gossip.spread(hearing.ownRumour());
    reconnection.start();
  }

  /** Tells the others that this node leaves. The links stay open: they belong to `links`. */
  async stop(): Promise<void> {
    const { gossip, hearing, neighbourhood, roster } = this.#parts;
    if (this.#state === 'running') {
      const goodbye: Rumour = { ...hearing.ownRumour(), status: 'left' };
      for (const link of neighbourhood.sample(Infinity)) gossip.tell(link, [goodbye]);
    }
    this.#state = 'stopped';
    const { entries, prober, reception, reconnection, relay, sync } = this.#parts;
    for (const part of [reconnection, entries, sync, prober, relay, gossip]) part.stop();
    neighbourhood.stop();
    reception.stop();
    this.#listeners.clear();
    roster.clear();
  }

  #isRunning(): boolean {
    return this.#state === 'running';
  }
}
