import type { Clock, NodeId, Random } from '@macula/core';
import { latestIncarnation } from '../incarnation-bound.ts';
import type { SelfDescription } from '../self-description.ts';
import type { Gossip } from './gossip.ts';
import type { LocalHealth } from './local-health.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { Prober } from './prober.ts';
import type { Rumour } from './rumour.ts';
import type { Snapshot } from './snapshot.ts';
import type { SwimMetrics } from './swim-metrics.ts';
import type { SwimRoster } from './swim-roster.ts';

/** A suspicion that others tell of is checked by about so many of those who could. */
const checkers = 10;

export interface HearingDeps {
  readonly ownId: NodeId;
  readonly clock: Clock;
  readonly random: Random;
  readonly self: SelfDescription;
  readonly roster: SwimRoster;
  readonly gossip: Gossip;
  readonly health: LocalHealth;
  readonly neighbourhood: Neighbourhood;
  readonly prober: Prober;
  readonly metrics: SwimMetrics;
  /** Whether suspicions that others tell of are looked into. */
  readonly checks: boolean;
  readonly running: () => boolean;
}

/** Where rumours come from. */
export interface Origin {
  readonly from?: string;
  readonly quiet?: boolean;
}

/** Rumours, taken for what they are worth: news is believed and passed on, what is wrong about this node refuted. */
export class Hearing {
  readonly #deps: HearingDeps;

  constructor(deps: HearingDeps) {
    this.#deps = deps;
  }

  /** Takes those whom this node knew in an earlier life; of itself and of times to come it believes no snapshot. */
  recall(snapshot: Snapshot): void {
    const { clock, ownId, roster } = this.#deps;
    const latest = latestIncarnation(clock.wallTime());
    const doubtful = snapshot.members.filter(
      ({ id, incarnation }) => id.equals(ownId) || incarnation > latest,
    );
    roster.recall(snapshot, new Set(doubtful));
    this.hear(doubtful, { quiet: true });
  }

  /** Takes what this node itself has found out, or `from` has told; `quiet` when it is not worth passing on. */
  hear(rumours: readonly Rumour[], { from, quiet = false }: Origin = {}): void {
    const latest = latestIncarnation(this.#deps.clock.wallTime());
    for (const rumour of rumours) {
      if (!this.#deps.running()) return;
      if (rumour.id.equals(this.#deps.ownId)) this.#hearOfSelf(rumour);
      else if (rumour.incarnation > latest) this.#deps.metrics.implausible.inc();
      else this.#take(rumour, from, quiet);
    }
  }

  /** What this node says of itself. */
  ownRumour(): Rumour {
    return { ...this.#deps.self.statement(), status: 'alive' };
  }

  #take(rumour: Rumour, from: string | undefined, quiet: boolean): void {
    const { gossip, metrics, roster } = this.#deps;
    const isAccused = rumour.status === 'suspect' && roster.get(rumour.id.key)?.status === 'alive';
    if (!roster.apply(rumour)) return;
    metrics.rumours.inc();
    if (!quiet) gossip.spread(rumour, from);
    if (isAccused) this.#check(rumour.id.key);
  }

  /** A first-hand look at somebody whom another suspects: it confirms the suspicion, or tells the suspect of it. */
  #check(key: string): void {
    const { checks, neighbourhood, prober, random } = this.#deps;
    if (!checks || !neighbourhood.has(key)) return;
    if (random.next() * neighbourhood.size < checkers) prober.probe(key);
  }

  /** Others are mistaken, or speak of an earlier life: a higher incarnation overrules them (SWIM §4.2). */
  #hearOfSelf({ status, incarnation }: Rumour): void {
    const { gossip, health, metrics, self } = this.#deps;
    const own = self.incarnation;
    if (incarnation < own || (incarnation === own && status === 'alive')) return;
    if (incarnation > own) {
      if (!self.refute(incarnation)) return;
    } else self.renew();
    if (status === 'alive') metrics.outdone.inc();
    else {
      health.hadToRefute();
      metrics.refutations.inc();
    }
    gossip.spread(this.ownRumour());
  }
}
