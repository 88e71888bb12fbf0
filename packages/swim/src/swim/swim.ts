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
import { DialGate } from '../dial-gate.ts';
import { SelfDescription } from '../self-description.ts';
import { EntryPoints } from './entry-points.ts';
import { Gossip } from './gossip.ts';
import { Hearing } from './hearing.ts';
import { LocalHealth } from './local-health.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { ProbeRelay } from './probe-relay.ts';
import { Prober } from './prober.ts';
import { Reception } from './reception.ts';
import { Reconnection } from './reconnection.ts';
import type { Rumour } from './rumour.ts';
import { Sequence } from './sequence.ts';
import { StatementPool } from './statement-pool.ts';
import { StateSync } from './state-sync.ts';
import { SwimFrames } from './swim-frames.ts';
import type { SwimMember } from './swim-member.ts';
import { type SwimMetrics, swimMetrics } from './swim-metrics.ts';
import { type SwimOptions, type SwimSettings, swimSettings } from './swim-options.ts';
import { SwimRoster } from './swim-roster.ts';
import { Verdicts } from './verdicts.ts';

/** Rumours waiting to be passed on. */
const maxQueuedRumours = 4_096;
/** The highest local health score, as in memberlist. */
const worstHealth = 8;

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
  /** Lifeguard's local health score: 0 is well, 8 the worst. */
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
  readonly #deps: Required<Omit<SwimDeps, 'statements'>>;
  readonly #settings: SwimSettings;
  readonly #self: SelfDescription;
  readonly #listeners: Listeners<[MembershipChange]>;
  readonly #metrics: SwimMetrics;
  readonly #roster: SwimRoster;
  readonly #frames = new SwimFrames();
  readonly #gossip: Gossip;
  readonly #health: LocalHealth;
  readonly #neighbourhood: Neighbourhood;
  readonly #prober: Prober;
  readonly #relay: ProbeRelay;
  readonly #sync: StateSync;
  readonly #entries: EntryPoints;
  readonly #reconnection: Reconnection;
  readonly #reception: Reception;
  readonly #hearing: Hearing;
  readonly #verdicts: Verdicts;
  /** Taken in with the start. */
  readonly #snapshot: Member[];
  readonly #teachAll: boolean;
  #state: 'new' | 'running' | 'stopped' = 'new';

  constructor(given: SwimDeps, options: SwimOptions) {
    const logger = given.logger ?? silentLogger;
    const deps = { ...given, logger, metrics: given.metrics ?? noMetrics };
    const settings = swimSettings(options);
    const { clock, random } = deps;
    const statements = given.statements ?? new StatementPool(settings.maxMembers);
    this.#deps = deps;
    this.#settings = settings;
    this.#self = new SelfDescription(deps, options);
    this.#snapshot = (options.snapshot ?? []).filter(({ status }) => status === 'alive');
    this.#teachAll = options.teachLinks !== 'neighbours';
    this.#listeners = changeListeners(logger);
    this.#health = new LocalHealth(settings.extensions.localHealth ? worstHealth : 0);
    this.#metrics = swimMetrics(deps.metrics, {
      members: (status) => this.#roster.count(status),
      neighbours: () => this.neighbours,
      localHealth: () => this.localHealth,
      queuedRumours: () => this.#gossip.queued,
    });
    this.#roster = new SwimRoster(
      deps,
      {
        maxMembers: settings.maxMembers,
        forgetMs: settings.forgetMs,
        suspicion: () => this.#verdicts.terms(),
      },
      {
        changed: (type, member) => this.#changed(type, member),
        arrived: (member) => this.#arrived(member),
        doubted: (member) => {
          this.#verdicts.suspected(member);
          this.#neighbourhood.doubted(member.id);
        },
        trusted: ({ id }) => this.#neighbourhood.trusted(id),
        departed: (member) => this.#departed(member),
        expired: (member, lateMs) => this.#verdicts.expired(member, lateMs),
        refused: () => this.#metrics.refused.inc(),
      },
    );
    const gate = new DialGate(settings.maxConcurrentDials);
    this.#neighbourhood = new Neighbourhood(
      { ...deps, gate },
      {
        ...settings,
        present: () => this.#roster.present(),
        locate: ({ key }) => this.#locate(key),
        onLost: (key) => this.#verdicts.outOfReach(key),
        onFound: (key) => this.#verdicts.withinReach(key),
        onSubstitute: (key) => this.#prober.probe(key),
        // What breaks off is counted, and made good by a later comparison.
        onMended: (link) => void this.#sync.with(link).catch(() => undefined),
      },
    );
    this.#gossip = new Gossip(
      { clock, frames: this.#frames, statements },
      {
        ...settings,
        capacity: maxQueuedRumours,
        members: () => this.#roster.presentCount + 1,
        minTimes: () => this.#neighbourhood.minTold,
        audience: (count) => this.#neighbourhood.audience(count),
      },
    );
    const shared = {
      statements,
      ...deps,
      frames: this.#frames,
      gossip: this.#gossip,
      metrics: this.#metrics,
      sequence: new Sequence(random),
      memberOf: (key: string) => this.#roster.get(key),
    };
    this.#prober = new Prober(
      {
        ...shared,
        health: this.#health,
        neighbourhood: this.#neighbourhood,
        onFailed: (member) => this.#accuse(member, 'suspect'),
      },
      settings,
    );
    this.#verdicts = new Verdicts(
      {
        ...shared,
        health: this.#health,
        neighbourhood: this.#neighbourhood,
        prober: this.#prober,
        members: () => this.#roster.presentCount + 1,
        giveUp: (member) => this.#accuse(member, 'failed'),
      },
      settings,
    );
    this.#hearing = new Hearing({
      ...shared,
      ownId: deps.links.self,
      self: this.#self,
      roster: this.#roster,
      health: this.#health,
      neighbourhood: this.#neighbourhood,
      prober: this.#prober,
      checks: settings.extensions.confirmations,
      running: () => this.#state === 'running',
    });
    this.#relay = new ProbeRelay(shared, settings.probeTimeoutMs);
    this.#sync = new StateSync(shared, {
      syncIntervalMs: settings.syncIntervalMs,
      self: () => this.#hearing.ownRumour(),
      all: () => this.#roster.all(),
      digests: (bits, self) => this.#roster.digests(bits, self),
      presentCount: () => this.#roster.presentCount,
      partner: () => this.#neighbourhood.sample(1)[0],
      hear: (rumours, origin) => this.#hearing.hear(rumours, origin),
    });
    this.#entries = new EntryPoints(
      { ...deps, gate, failures: this.#metrics.bootstrapFailures },
      {
        addresses: options.bootstrap ?? [],
        dialTimeoutMs: settings.dialTimeoutMs,
        join: (link) => this.#sync.with(link),
        isMember: (key) => this.#roster.get(key)?.present === true,
      },
    );
    this.#reception = new Reception({
      ...shared,
      prober: this.#prober,
      relay: this.#relay,
      sync: this.#sync,
      hear: (rumours, from) => this.#hearing.hear(rumours, { from }),
      buddy: settings.extensions.buddy,
    });
    this.#reconnection = new Reconnection(deps, {
      intervalMs: settings.reconnectIntervalMs,
      dialTimeoutMs: settings.dialTimeoutMs,
      failed: () => this.#roster.failed(),
      present: () => this.#roster.presentCount + 1,
      meet: (link) => this.#sync.with(link),
      before: () => {
        this.#roster.sweep();
        this.#entries.review();
      },
    });
  }

  get self(): Member {
    return this.#self.toMember();
  }

  get settled(): boolean {
    return this.#entries.settled;
  }

  get localHealth(): number {
    return this.#health.score;
  }

  get neighbours(): number {
    return this.#neighbourhood.size;
  }

  get size(): number {
    return this.#roster.presentCount;
  }

  *members(): Iterable<Member> {
    for (const member of this.#roster.all()) if (member.present) yield member.toMember();
  }

  get(id: NodeId): Member | undefined {
    return this.#roster.get(id.key)?.toMember();
  }

  onChange(listener: (change: MembershipChange) => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  setMetadata(metadata: Readonly<Record<string, string>>): void {
    this.#self.setMetadata(metadata);
    this.#self.renew();
    if (this.#state === 'running') this.#gossip.spread(this.#hearing.ownRumour());
  }

  /** Throws NotRunningError after stop(). */
  async start(): Promise<void> {
    if (this.#state === 'stopped') throw new NotRunningError('this membership has been stopped');
    if (this.#state === 'running') return;
    this.#state = 'running';
    this.#reception.start();
    this.#neighbourhood.start();
    this.#prober.start();
    this.#sync.start();
    this.#entries.review();
    this.#hearing.hear(this.#snapshot.splice(0), { quiet: true });
    this.#gossip.spread(this.#hearing.ownRumour());
    this.#reconnection.start();
  }

  /** Tells the others that this node leaves. The links stay open: they belong to `links`. */
  async stop(): Promise<void> {
    if (this.#state === 'running') {
      const goodbye: Rumour = { ...this.#hearing.ownRumour(), status: 'left' };
      for (const link of this.#neighbourhood.sample(Infinity)) this.#gossip.tell(link, [goodbye]);
    }
    this.#state = 'stopped';
    this.#reconnection.stop();
    this.#entries.stop();
    this.#sync.stop();
    this.#prober.stop();
    this.#relay.stop();
    this.#gossip.stop();
    this.#neighbourhood.stop();
    this.#reception.stop();
    this.#listeners.clear();
    this.#roster.clear();
  }

  #accuse(member: SwimMember, status: 'suspect' | 'failed'): void {
    const { id, incarnation, addresses, metadata } = member;
    const said = { id, incarnation, addresses, metadata };
    this.#hearing.hear([{ ...said, status, accuser: this.#deps.links.self }]);
  }

  #arrived({ id }: SwimMember): void {
    if (this.#teachAll) this.#locate(id.key);
    this.#neighbourhood.arrived(id);
  }

  #locate(key: string): void {
    const member = this.#roster.get(key);
    if (member === undefined || member.addresses.length === 0) return;
    this.#deps.links.learn(member.id, member.addresses);
  }

  #departed({ id }: SwimMember): void {
    this.#neighbourhood.departed(id);
    if (this.#roster.presentCount === 0) this.#entries.hurry();
  }

  #changed(type: MembershipChange['type'], member: SwimMember): void {
    this.#metrics.changes[type].inc();
    if (type === 'updated' && this.#teachAll) this.#locate(member.id.key);
    this.#listeners.emit({ type, member: member.toMember() });
  }
}
