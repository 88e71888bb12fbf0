import type { Clock, Link, Links, Random, Timer } from '@macula/core';
import { FrameKind } from '@macula/wire';
import type { Gossip } from './gossip.ts';
import type { LocalHealth } from './local-health.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import { Probe, type ProbeEvents } from './probe.ts';
import type { Rumour } from './rumour.ts';
import type { Sequence } from './sequence.ts';
import { sendEitherWay, type SwimFrames } from './swim-frames.ts';
import type { SwimMember } from './swim-member.ts';
import type { SwimMetrics } from './swim-metrics.ts';
import type { SwimSettings } from './swim-options.ts';

/** Probes beyond the one of this period, for members whose link was lost or whom others suspect. */
const maxConcurrentProbes = 64;
/** Failures come in crowds: after one, so many other members are probed at once. */
const furtherProbes = 2;

export interface ProberDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  readonly frames: SwimFrames;
  readonly gossip: Gossip;
  readonly health: LocalHealth;
  readonly neighbourhood: Neighbourhood;
  readonly metrics: SwimMetrics;
  readonly sequence: Sequence;
  readonly memberOf: (key: string) => SwimMember | undefined;
  /** Nobody could reach the member. */
  readonly onFailed: (member: SwimMember) => void;
}

/** Probes one neighbour each period (SWIM §3.1 and §4.3), at Lifeguard's pace. */
export class Prober {
  readonly #deps: ProberDeps;
  readonly #settings: SwimSettings;
  /** Those under way: nearly always one or none. */
  #probes: readonly Probe[] = [];
  readonly #events: ProbeEvents;
  /** Timers that are later tell more of this node than of others. */
  readonly lagLimitMs: number;
  #timer: Timer | undefined;
  #due = 0;

  constructor(deps: ProberDeps, settings: SwimSettings) {
    this.#deps = deps;
    this.#settings = settings;
    const { extensions, probeTimeoutMs } = settings;
    this.lagLimitMs = extensions.localHealth ? probeTimeoutMs / 2 : Infinity;
    this.#events = {
      askOthers: (probe) => this.#askOthers(probe),
      lagged: (lateMs) => this.#lagged(lateMs),
      succeeded: (probe) => this.#succeeded(probe),
      failed: (probe) => this.#failed(probe),
    };
  }

  start(): void {
    this.#schedule(this.#deps.random.next() * this.#settings.probeIntervalMs);
  }

  stop(): void {
    this.#timer?.cancel();
    for (const probe of this.#probes) probe.stop();
    this.#probes = [];
  }

  /** Probes a member now, unless that is going on. */
  probe(key: string): void {
    const member = this.#deps.memberOf(key);
    if (member?.present !== true || this.#isProbing(key)) return;
    if (this.#probes.length >= maxConcurrentProbes) return;
    const { probeTimeoutMs, probeIntervalMs } = this.#settings;
    const { multiplier } = this.#deps.health;
    const probe = new Probe(
      this.#deps.clock,
      member.id,
      this.#deps.sequence.next(),
      {
        timeoutMs: probeTimeoutMs * multiplier,
        periodMs: probeIntervalMs * multiplier,
        lagLimitMs: this.lagLimitMs,
      },
      this.#events,
    );
    this.#probes = [...this.#probes, probe];
    this.#deps.metrics.probes.inc();
    this.#reach(probe, member);
  }

  /** Returns whether the answer was to one of this node's own probes. */
  acked(link: Link, sequence: number): boolean {
    const probe = this.#numbered(sequence);
    probe?.acked(link.peer);
    return probe !== undefined;
  }

  nacked(link: Link, sequence: number): void {
    this.#numbered(sequence)?.nacked(link.peer);
  }

  #schedule(delayMs: number): void {
    const { clock } = this.#deps;
    this.#due = clock.now() + delayMs;
    this.#timer = clock.setTimer(this.#tick, delayMs, { background: true });
  }

  readonly #tick = (): void => {
    const { clock, health, neighbourhood } = this.#deps;
    const lateMs = clock.now() - this.#due;
    if (lateMs > this.lagLimitMs) this.#lagged(lateMs);
    const key = neighbourhood.order.next();
    if (key !== undefined) this.probe(key);
    this.#schedule(this.#settings.probeIntervalMs * health.multiplier);
  };

  #numbered(sequence: number): Probe | undefined {
    return this.#probes.find((probe) => probe.sequence === sequence);
  }

  #isProbing(key: string): boolean {
    return this.#probes.some(({ target }) => target.key === key);
  }

  /** Over the open link, or over one that is dialled within the probe's time. */
  #reach(probe: Probe, member: SwimMember): void {
    const { links } = this.#deps;
    const link = links.get(member.id);
    if (link !== undefined) {
      this.#send(link, probe, member);
      return;
    }
    if (member.addresses.length > 0) links.learn(member.id, member.addresses);
    const { signal } = probe;
    links.link(member.id, { timeout: this.#settings.dialTimeoutMs, signal }).then(
      (dialled) => {
        if (!probe.over) this.#send(dialled, probe, member);
      },
      () => undefined, // The probe's own time decides.
    );
  }

  #send(link: Link, probe: Probe, member: SwimMember): void {
    const { frames, gossip } = this.#deps;
    const rumours = gossip.piggyback(link.peer, this.#buddyWord(member));
    sendEitherWay(link, frames.probe(FrameKind.swimProbe, probe.sequence, rumours));
  }

  /** Lifeguard §IV-C: a suspect hears of the suspicion from whoever probes it. */
  #buddyWord(member: SwimMember): Rumour | undefined {
    const says = member.status === 'suspect' && this.#settings.extensions.buddy;
    return says ? member.rumour() : undefined;
  }

  #askOthers(probe: Probe): ReadonlySet<string> {
    const { frames, gossip, links, metrics, neighbourhood } = this.#deps;
    const others = neighbourhood.sample(this.#settings.indirectProbes, probe.target.key);
    for (const link of others) {
      const frame = frames.probeRequest(probe.sequence, probe.target, gossip.piggyback(link.peer));
      sendEitherWay(link, frame);
    }
    metrics.indirectProbes.inc(others.length);
    // Datagrams may be what does not get through: once more on the stream.
    const link = links.get(probe.target);
    link?.send(frames.probe(FrameKind.swimProbe, probe.sequence, []));
    return new Set(others.map(({ peer }) => peer.key));
  }

  /** Only where local health says when not to: a slow node would find fault with more and more others. */
  #lookAround(): void {
    const { health, neighbourhood } = this.#deps;
    if (!this.#settings.extensions.localHealth || health.score > 0) return;
    for (let i = 0; i < furtherProbes; i++) {
      const key = neighbourhood.order.next();
      if (key !== undefined) this.probe(key);
    }
  }

  #lagged(lateMs: number): void {
    this.#deps.health.lagged(lateMs, this.#settings.probeIntervalMs);
  }

  #succeeded(probe: Probe): void {
    this.#end(probe);
    this.#deps.health.probeSucceeded();
  }

  #failed(probe: Probe): void {
    this.#end(probe);
    const { health, memberOf, metrics, onFailed } = this.#deps;
    metrics.failedProbes.inc();
    health.probeFailed(probe.asked, probe.nacks);
    const member = memberOf(probe.target.key);
    if (member?.present !== true) return;
    onFailed(member);
    this.#lookAround();
  }

  #end(probe: Probe): void {
    this.#probes = this.#probes.filter((other) => other !== probe);
  }
}
