import type {
  Clock,
  Link,
  Links,
  Membership,
  NodeId,
  Random,
  Timer,
  Unsubscribe,
} from '@macula/core';
import type { Peers } from './peers.ts';
import type { ReplicaSettings } from './replica-options.ts';

export interface AntiEntropyParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly links: Links;
  readonly membership: Membership | undefined;
  readonly peers: Peers;
  readonly settings: ReplicaSettings;
  readonly signal: AbortSignal;
  /** Called before every regular comparison. */
  readonly tick: () => void;
  /** Compares everything with the peer. */
  readonly begin: (link: Link) => void;
}

/** Peers whose last comparison is remembered. */
const remembered = 1_024;

/**
 * Decides when to compare with whom: with a random peer every interval, and with peers that appear or come
 * back, of whom as many as a change is pushed to.
 */
export class AntiEntropy {
  private readonly parts: AntiEntropyParts;
  private readonly lastTimes = new Map<string, number>();
  private timer: Timer | undefined;

  constructor(parts: AntiEntropyParts) {
    this.parts = parts;
  }

  start(): Unsubscribe {
    const { links, membership, settings, random } = this.parts;
    this.schedule(
      Math.min(settings.pushIntervalMs, settings.antiEntropyIntervalMs) * random.next(),
    );
    const ends = [
      links.onLink((link) => {
        // One of both sides suffices.
        if (!link.initiator || this.wasRecent(link.peer)) return;
        this.remember(link.peer);
        this.parts.begin(link);
      }),
      membership?.onChange(({ type, member }) => {
        if (type === 'joined' || type === 'recovered') this.welcome(member.id);
      }),
    ];
    return () => {
      for (const end of ends) end?.();
      this.timer?.cancel();
    };
  }

  compare(peer: NodeId): void {
    this.remember(peer);
    this.parts.peers.reach(peer, this.parts.begin, this.parts.signal);
  }

  private remember(peer: NodeId): void {
    this.lastTimes.delete(peer.key);
    this.lastTimes.set(peer.key, this.parts.clock.now());
    if (this.lastTimes.size <= remembered) return;
    const [oldest] = this.lastTimes.keys();
    if (oldest !== undefined) this.lastTimes.delete(oldest);
  }

  /** Of a large mesh only some greet a peer that comes: about as many as a change is pushed to. */
  private welcome(peer: NodeId): void {
    const { peers, settings, random } = this.parts;
    if (random.next() * peers.all().length < settings.fanout) this.compare(peer);
  }

  private wasRecent(peer: NodeId): boolean {
    const { clock, settings } = this.parts;
    const last = this.lastTimes.get(peer.key);
    return last !== undefined && clock.now() - last < settings.antiEntropyIntervalMs;
  }

  private schedule(delayMs: number): void {
    const { clock, settings, random, peers } = this.parts;
    this.timer = clock.setTimer(
      () => {
        this.parts.tick();
        const peer = peers.any();
        if (peer !== undefined) this.compare(peer);
        this.schedule(settings.antiEntropyIntervalMs * (0.75 + 0.5 * random.next()));
      },
      delayMs,
      { background: true },
    );
  }
}
