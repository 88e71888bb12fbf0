import type { Clock } from '@macula/core';
import type { LocalHealth } from './local-health.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { Prober } from './prober.ts';
import {
  corroboratedEnd,
  expectedConfirmations,
  type SuspicionBounds,
  suspicionBounds,
} from './suspicion-timeout.ts';
import type { SwimMember } from './swim-member.ts';
import type { SwimSettings } from './swim-options.ts';

export interface VerdictsDeps {
  readonly clock: Clock;
  readonly health: LocalHealth;
  readonly neighbourhood: Neighbourhood;
  readonly prober: Prober;
  readonly memberOf: (key: string) => SwimMember | undefined;
  /** Members that are alive or suspect, this node included. */
  readonly members: () => number;
  /** The suspicion stands: the member is given up. */
  readonly giveUp: (member: SwimMember) => void;
}

/**
 * How long suspicions last and what ends them: accusers (Lifeguard §IV-B), and this node's own link to the suspect. A
 * link that has fallen silent, or cannot be made, is a second witness beside the probe; it counts as long as
 * most of this node's other links are well.
 */
export class Verdicts {
  readonly #deps: VerdictsDeps;
  readonly #settings: SwimSettings;

  constructor(deps: VerdictsDeps, settings: SwimSettings) {
    this.#deps = deps;
    this.#settings = settings;
  }

  /** How long a suspicion that begins now lasts. */
  terms(): { readonly bounds: SuspicionBounds; readonly expected: number } {
    const { extensions, suspicionMult } = this.#settings;
    const expected = extensions.confirmations
      ? expectedConfirmations(this.#deps.neighbourhood.watchers, suspicionMult)
      : 0;
    return { bounds: this.#bounds(), expected };
  }

  suspected(member: SwimMember): void {
    this.#corroborate(member);
  }

  /** The link to a neighbour is gone. */
  outOfReach(key: string): void {
    const member = this.#deps.memberOf(key);
    if (member?.suspicion !== undefined) this.#corroborate(member);
    else this.#deps.prober.probe(key);
  }

  /** There is a link to a neighbour. */
  withinReach(key: string): void {
    this.#deps.memberOf(key)?.suspicion?.withdraw();
  }

  /** A node that has slept through the suspicion may have slept through the refutation: it looks once more. */
  expired(member: SwimMember, lateMs: number): void {
    const { health, neighbourhood, prober, giveUp } = this.#deps;
    const { suspicion } = member;
    if (lateMs > prober.lagLimitMs) {
      health.lagged(lateMs, this.#settings.probeIntervalMs);
      suspicion?.extend(this.#bounds().minMs);
      prober.probe(member.id.key);
    } else if (suspicion?.corroborated === true && !neighbourhood.connected) {
      suspicion.withdraw();
    } else {
      giveUp(member);
    }
  }

  #corroborate({ id, suspicion }: SwimMember): void {
    const absence = this.#deps.neighbourhood.absence(id.key);
    if (!this.#settings.extensions.confirmations) return;
    if (suspicion === undefined || absence === undefined) return;
    const { suspicionMult, probeIntervalMs } = this.#settings;
    // Silence has been listened to for seconds before it ends a link; dials need time to fail.
    const patienceMs = absence.silent ? 0 : (suspicionMult - 1) * probeIntervalMs;
    const times = { suspectedAt: suspicion.startedAt, outOfReachAt: absence.since + patienceMs };
    suspicion.corroborate(corroboratedEnd(times, this.#settings));
  }

  /** Suspects count: a slow node that suspects many must not give them up the sooner for it. */
  #bounds(): SuspicionBounds {
    return suspicionBounds(this.#deps.members(), this.#settings);
  }
}
