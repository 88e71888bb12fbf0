import type { Clock, Links, Logger, MembershipChange, Metrics, Random } from '@macula/core';
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
import { Sequence } from './sequence.ts';
import type { StatementPool } from './statement-pool.ts';
import { StateSync } from './state-sync.ts';
import { SwimFrames } from './swim-frames.ts';
import type { SwimMember } from './swim-member.ts';
import { type SwimMetrics, swimMetrics } from './swim-metrics.ts';
import type { SwimOptions, SwimSettings } from './swim-options.ts';
import { SwimRoster } from './swim-roster.ts';
import { Verdicts } from './verdicts.ts';

/** Rumours waiting to be passed on. */
const maxQueuedRumours = 4_096;
/** The highest local health score: intervals are stretched eightfold at most, as by memberlist's AwarenessMaxMultiplier. */
const worstHealth = 7;

export interface SwimPartsDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly statements: StatementPool;
  /** Whether rumours are taken in. */
  readonly running: () => boolean;
  /** Something has changed that users see. */
  readonly changed: (type: MembershipChange['type'], member: SwimMember) => void;
}

/** The parts of a membership by SWIM, as far as it deals with them itself. */
export interface SwimParts {
  readonly self: SelfDescription;
  readonly roster: SwimRoster;
  readonly health: LocalHealth;
  readonly neighbourhood: Neighbourhood;
  readonly gossip: Gossip;
  readonly prober: Prober;
  readonly relay: ProbeRelay;
  readonly sync: StateSync;
  readonly hearing: Hearing;
  readonly entries: EntryPoints;
  readonly reception: Reception;
  readonly reconnection: Reconnection;
  readonly metrics: SwimMetrics;
}

/** Makes the parts and tells them of one another: what one finds out, others act upon. Starts nothing. */
export function wireSwim(
  deps: SwimPartsDeps,
  settings: SwimSettings,
  options: SwimOptions,
): SwimParts {
  const { clock, links, random, statements } = deps;
  const { extensions } = settings;
  const self = new SelfDescription(deps, options);
  const frames = new SwimFrames();
  const health = new LocalHealth(extensions.localHealth ? worstHealth : 0);
  const gate = new DialGate(settings.maxConcurrentDials);
  const metrics = swimMetrics(deps.metrics, {
    members: (status) => roster.count(status),
    neighbours: () => neighbourhood.size,
    localHealth: () => health.score,
    queuedRumours: () => gossip.queued,
  });
  const memberOf = (key: string): SwimMember | undefined => roster.get(key);
  const everybody = (): number => roster.presentCount + 1;
  const locate = (key: string): void => {
    const member = roster.get(key);
    if (member === undefined || member.addresses.length === 0) return;
    links.learn(member.id, member.addresses);
  };
  const accuse = (member: SwimMember, status: 'suspect' | 'failed'): void => {
    const { id, incarnation, addresses, metadata } = member;
    const said = { id, incarnation, addresses, metadata };
    hearing.hear([{ ...said, status, accuser: links.self }]);
  };
  const teachesAll = options.teachLinks !== 'neighbours';

  const roster: SwimRoster = new SwimRoster(
    clock,
    {
      maxMembers: settings.maxMembers,
      forgetMs: settings.forgetMs,
      suspicion: () => verdicts.terms(),
    },
    {
      changed: (type, member) => {
        if (type === 'updated' && teachesAll) locate(member.id.key);
        deps.changed(type, member);
      },
      arrived: ({ id }) => {
        if (teachesAll) locate(id.key);
        neighbourhood.arrived(id);
      },
      doubted: (member) => {
        verdicts.suspected(member);
        neighbourhood.doubted(member.id);
      },
      trusted: ({ id }) => neighbourhood.trusted(id),
      departed: ({ id, status }) => {
        neighbourhood.departed(id);
        if (status === 'failed') reconnection.hurry();
        if (roster.presentCount === 0) entries.hurry();
      },
      expired: (member, lateMs) => verdicts.expired(member, lateMs),
      refused: () => metrics.refused.inc(),
    },
  );
  const neighbourhood: Neighbourhood = new Neighbourhood(
    { ...deps, gate },
    {
      ...settings,
      present: () => roster.present(),
      locate: ({ key }) => locate(key),
      onLost: (key) => verdicts.outOfReach(key),
      onFound: (key) => verdicts.withinReach(key),
      onSubstitute: (key) => prober.probe(key),
      // What breaks off is counted, and made good by a later comparison.
      onMended: (link) => void sync.with(link).catch(() => undefined),
    },
  );
  const gossip: Gossip = new Gossip(
    { clock, frames, statements },
    {
      ...settings,
      capacity: maxQueuedRumours,
      members: everybody,
      minTimes: () => neighbourhood.minTold,
      audience: (count) => neighbourhood.audience(count),
    },
  );
  const shared = {
    ...{ links, clock, random, statements },
    ...{ frames, gossip, health, memberOf, metrics, neighbourhood },
    sequence: new Sequence(random),
  };
  const prober = new Prober(
    { ...shared, onFailed: (member) => accuse(member, 'suspect') },
    settings,
  );
  const verdicts: Verdicts = new Verdicts(
    { ...shared, prober, members: everybody, giveUp: (member) => accuse(member, 'failed') },
    settings,
  );
  const hearing = new Hearing({
    ...{ ...shared, prober, roster, self },
    ownId: links.self,
    checks: extensions.confirmations,
    running: deps.running,
  });
  const relay = new ProbeRelay(shared, settings.probeTimeoutMs);
  const sync = new StateSync(shared, {
    syncIntervalMs: settings.syncIntervalMs,
    self: () => hearing.ownRumour(),
    all: () => roster.all(),
    digests: (bits, own) => roster.digests(bits, own),
    presentCount: () => roster.presentCount,
    partner: () => neighbourhood.sample(1)[0],
    hear: (rumours, origin) => hearing.hear(rumours, origin),
  });
  const entries = new EntryPoints(
    { ...deps, gate, failures: metrics.bootstrapFailures },
    {
      addresses: options.bootstrap ?? [],
      dialTimeoutMs: settings.dialTimeoutMs,
      join: (link) => sync.with(link),
      isMember: (key) => roster.get(key)?.present === true,
    },
  );
  const reception = new Reception({
    ...{ ...shared, prober, relay, sync },
    hear: (rumours, from) => hearing.hear(rumours, { from }),
    buddy: extensions.buddy,
  });
  const reconnection: Reconnection = new Reconnection(deps, {
    intervalMs: settings.reconnectIntervalMs,
    dialTimeoutMs: settings.dialTimeoutMs,
    failed: () => roster.failed(),
    present: everybody,
    meet: (link) => sync.with(link),
    before: () => {
      roster.sweep();
      entries.review();
    },
  });
  return {
    ...{ self, roster, health, neighbourhood, gossip, prober, relay, sync },
    ...{ hearing, entries, reception, reconnection, metrics },
  };
}
