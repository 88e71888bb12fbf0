import type { Link, Links, Unsubscribe } from '@macula/core';
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

export interface ReceptionDeps {
  readonly links: Links;
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

/** What other nodes send, handed to whom it concerns; the rumours that come along are always heard first. */
export class Reception {
  readonly #deps: ReceptionDeps;
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
        relay.request(link, sequence, target);
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
    const { frames, gossip } = this.#deps;
    const rumours = gossip.piggyback(link.peer, this.#wordFor(link));
    sendEitherWay(link, frames.probe(FrameKind.swimAck, sequence, rumours));
  }

  /** What the prober should hear at once: that this node believes it to be suspect or gone. A stranger is asked who it is. */
  #wordFor(link: Link): Rumour | undefined {
    const { buddy, memberOf, sync } = this.#deps;
    const peer = memberOf(link.peer.key);
    // What breaks off is counted, and the stranger will probe again.
    if (peer === undefined) sync.with(link).catch(() => undefined);
    if (peer === undefined || peer.status === 'alive') return undefined;
    return peer.status !== 'suspect' || buddy ? peer.rumour() : undefined;
  }
}
