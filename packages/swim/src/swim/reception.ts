import type { Clock, Link, Links, Unsubscribe } from '@macula/core';
import { FrameKind } from '@macula/wire';
import type { Gossip } from './gossip.ts';
import type { ProbeRelay } from './probe-relay.ts';
import type { Prober } from './prober.ts';
import type { Rumour } from './rumour.ts';
import type { StateSync } from './state-sync.ts';
import {
  readGossip,
  readProbe,
  readProbeRequest,
  sendEitherWay,
  type SwimFrames,
} from './swim-frames.ts';
import type { SwimMember } from './swim-member.ts';

/** Milliseconds before a stranger is asked once more who it is, should the answer not have made it a member. */
const strangerPauseMs = 10_000;

export interface ReceptionDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly frames: SwimFrames;
  readonly gossip: Gossip;
  readonly prober: Prober;
  readonly relay: ProbeRelay;
  readonly sync: StateSync;
  readonly memberOf: (key: string) => SwimMember | undefined;
  /** Takes what `from` has told. */
  readonly hear: (rumours: readonly Rumour[], from: string) => void;
  /** Whether a prober that is suspected here hears of it in the answer (Lifeguard's buddy system, §IV-C). */
  readonly buddy: boolean;
}

/**
 * What other nodes send, handed to whom it concerns; the rumours that come along are always heard first. Strangers, who are
 * no members here, may ask for a comparison and whether this node lives, and are asked now and then who they are; no
 * news is told to them, and nobody is probed for them.
 */
export class Reception {
  readonly #deps: ReceptionDeps;
  /** When strangers were asked last, in the clock's milliseconds. */
  readonly #asked = new WeakMap<Link, number>();
  readonly #handlers: Unsubscribe[] = [];

  constructor(deps: ReceptionDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { links, prober, relay, sync } = this.#deps;
    this.#handlers.push(
      links.handle(FrameKind.swimProbe, (link, frame) => {
        const { sequence, rumours } = readProbe(frame);
        this.#hear(link, rumours);
        this.#answer(link, sequence);
      }),
      links.handle(FrameKind.swimProbeRequest, (link, frame) => {
        const { sequence, target, rumours } = readProbeRequest(frame);
        this.#hear(link, rumours);
        if (this.#deps.memberOf(link.peer.key) !== undefined) relay.request(link, sequence, target);
      }),
      links.handle(FrameKind.swimAck, (link, frame) => {
        const { sequence, rumours } = readProbe(frame);
        this.#hear(link, rumours);
        if (!prober.acked(link, sequence)) relay.acked(link, sequence);
      }),
      links.handle(FrameKind.swimNack, (link, frame) => {
        const { sequence, rumours } = readProbe(frame);
        this.#hear(link, rumours);
        prober.nacked(link, sequence);
      }),
      links.handle(FrameKind.swimGossip, (link, frame) => this.#hear(link, readGossip(frame))),
      links.handleRequest(FrameKind.swimSync, (_, body) => sync.answer(body)),
    );
  }

  stop(): void {
    for (const unsubscribe of this.#handlers.splice(0)) unsubscribe();
  }

  #hear({ peer }: Link, rumours: readonly Uint8Array[]): void {
    if (rumours.length === 0) return;
    this.#deps.hear(this.#deps.gossip.unheard(rumours, peer.key), peer.key);
  }

  #answer(link: Link, sequence: number): void {
    const { frames, gossip, memberOf } = this.#deps;
    const peer = memberOf(link.peer.key);
    if (peer === undefined) this.#ask(link);
    const rumours = peer === undefined ? [] : gossip.piggyback(peer.id, this.#wordFor(peer));
    sendEitherWay(link, frames.probe(FrameKind.swimAck, sequence, rumours));
  }

  /** What the prober should hear at once: that this node believes it to be suspect or gone. */
  #wordFor(peer: SwimMember): Rumour | undefined {
    if (peer.status === 'alive') return undefined;
    return peer.status !== 'suspect' || this.#deps.buddy ? peer.rumour() : undefined;
  }

  /** A comparison makes a member of whoever probes this node without being known to it. */
  #ask(link: Link): void {
    const { clock, sync } = this.#deps;
    const now = clock.now();
    if (now - (this.#asked.get(link) ?? -Infinity) < strangerPauseMs) return;
    this.#asked.set(link, now);
    // What breaks off is counted, and the stranger will probe again.
    sync.with(link).catch(() => undefined);
  }
}
