import type { Clock, Link, Links, NodeId, Timer } from '@macula/core';
import { FrameKind } from '@macula/wire';
import type { Gossip } from './gossip.ts';
import type { Sequence } from './sequence.ts';
import { sendEitherWay, type SwimFrames } from './swim-frames.ts';
import type { SwimMember } from './swim-member.ts';

/** Probes on behalf of others that may be under way at a time, in all and for any one of them; further requests are ignored. */
const maxRelayed = 256;
const maxRelayedForOne = 64;

export interface ProbeRelayDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly frames: SwimFrames;
  readonly gossip: Gossip;
  readonly sequence: Sequence;
  readonly memberOf: (key: string) => SwimMember | undefined;
}

interface Relayed {
  readonly origin: Link;
  readonly originSequence: number;
  readonly target: NodeId;
  readonly abort: AbortController;
  timer: Timer;
}

/**
 * Probes members for others that get no answer from them (SWIM §3.1), and says so when it gets none either, soon
 * enough for the other to know that at least this node is well (Lifeguard's nack, §IV-A).
 */
export class ProbeRelay {
  readonly #deps: ProbeRelayDeps;
  readonly #timeoutMs: number;
  readonly #relayed = new Map<number, Relayed>();

  constructor(deps: ProbeRelayDeps, probeTimeoutMs: number) {
    this.#deps = deps;
    this.#timeoutMs = probeTimeoutMs;
  }

  request(origin: Link, originSequence: number, target: NodeId): void {
    const member = this.#deps.memberOf(target.key);
    if (member === undefined || !this.#hasRoomFor(origin)) return;
    const sequence = this.#deps.sequence.next();
    const relayed: Relayed = {
      origin,
      originSequence,
      target,
      abort: new AbortController(),
      timer: this.#after(this.#timeoutMs * 0.8, () => this.#nack(sequence, relayed)),
    };
    this.#relayed.set(sequence, relayed);
    this.#reach(member, sequence, relayed);
  }

  acked(link: Link, sequence: number): void {
    const relayed = this.#relayed.get(sequence);
    if (relayed === undefined || !relayed.target.equals(link.peer)) return;
    this.#end(sequence, relayed);
    this.#answer(relayed, FrameKind.swimAck);
  }

  stop(): void {
    for (const [sequence, relayed] of this.#relayed) this.#end(sequence, relayed);
  }

  #hasRoomFor({ peer }: Link): boolean {
    if (this.#relayed.size >= maxRelayed) return false;
    let forOne = 0;
    for (const { origin } of this.#relayed.values()) if (origin.peer.equals(peer)) forOne++;
    return forOne < maxRelayedForOne;
  }

  /** The target may still answer, and the origin still wait. */
  #nack(sequence: number, relayed: Relayed): void {
    this.#answer(relayed, FrameKind.swimNack);
    relayed.timer = this.#after(this.#timeoutMs, () => this.#end(sequence, relayed));
  }

  #answer(relayed: Relayed, kind: typeof FrameKind.swimAck | typeof FrameKind.swimNack): void {
    const { frames, gossip } = this.#deps;
    const frame = frames.probe(kind, relayed.originSequence, gossip.piggyback(relayed.origin.peer));
    sendEitherWay(relayed.origin, frame);
  }

  #reach(member: SwimMember, sequence: number, relayed: Relayed): void {
    const { links } = this.#deps;
    const link = links.get(member.id);
    if (link !== undefined) {
      this.#send(link, sequence);
      return;
    }
    if (member.addresses.length > 0) links.learn(member.id, member.addresses);
    const { signal } = relayed.abort;
    links.link(member.id, { timeout: 2 * this.#timeoutMs, signal }).then(
      (dialled) => {
        if (this.#relayed.has(sequence)) this.#send(dialled, sequence);
      },
      () => undefined, // The nack tells.
    );
  }

  #send(link: Link, sequence: number): void {
    const { frames, gossip } = this.#deps;
    sendEitherWay(link, frames.probe(FrameKind.swimProbe, sequence, gossip.piggyback(link.peer)));
  }

  #after(delayMs: number, callback: () => void): Timer {
    return this.#deps.clock.setTimer(callback, delayMs, { background: true });
  }

  #end(sequence: number, relayed: Relayed): void {
    relayed.timer.cancel();
    relayed.abort.abort();
    this.#relayed.delete(sequence);
  }
}
