import {
  type Clock,
  type FrameView,
  type Link,
  LinkCloseCode,
  LinkClosedError,
  type Links,
  type NodeId,
  withDeadline,
} from '@macula/core';
import {
  decodeMessage,
  decodeNodeId,
  FrameDecoder,
  FrameKind,
  FrameWriter,
  headerOf,
  Inlet,
  Inlet_Action,
  MalformedFrameError,
} from '@macula/wire';
import type { Limits } from '../options.ts';
import type { Tally } from '../tally.ts';
import { Carrier, inletHeader } from './carrier.ts';
import { Passage } from './passage.ts';
import { Way, type WayDeps } from './way.ts';

/** How long an inlet may take to open a way, in milliseconds. */
const openMs = 3_000;
/** A peer may have one in so many of the ways that pass here. */
const shareOfPeer = 16;
/** As many times what passes through one inlet may end here. */
const inletsTaken = 4;

export interface WaysDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly tally: Tally;
  /** Whether this node has named the peer as an inlet of its own. */
  readonly isInlet: (node: NodeId) => boolean;
  /** A frame came over a way. */
  readonly onFrame: (way: Way, frame: FrameView) => void;
}

/** The ways through inlets that begin, end, or pass here. */
export class Ways {
  readonly #deps: WaysDeps;
  readonly #writer = new FrameWriter();
  readonly #carriers = new Map<Link, Carrier>();
  #last = 0;
  #passing = 0;
  #begun = 0;
  #ended = 0;

  constructor(deps: WaysDeps) {
    this.#deps = deps;
  }

  /** How many ways of others pass here. */
  get passing(): number {
    return this.#passing;
  }

  /** How many ways begin or end here. */
  get size(): number {
    return this.#begun + this.#ended;
  }

  /** Opens a way to `subscriber` through `inlet`. Throws LinkClosedError, TimeoutError, AbortedError, or what keeps the inlet from being reached. */
  async open(inlet: NodeId, subscriber: NodeId, signal: AbortSignal): Promise<Way> {
    const { clock, links } = this.#deps;
    const link = await links.link(inlet, { signal });
    const request = (abandoned: AbortSignal): Promise<Way> =>
      this.#request(link, subscriber, abandoned);
    return withDeadline(clock, request, { timeout: openMs, signal, what: 'a way by an inlet' });
  }

  /** Handles INLET. Throws ProtocolError. */
  receive(link: Link, frame: FrameView): void {
    if (link.state === 'closed') return;
    const { way: number, action, peer } = decodeMessage(Inlet, headerOf(frame), 'inlet header');
    if (action === Inlet_Action.REQUEST || action === Inlet_Action.OFFER) {
      if (number % 2 !== 0) throw new MalformedFrameError('the number of a new way must be even');
      // Who uses a number again has given up what it stood for.
      this.#carriers.get(link)?.occupantOf(number)?.end();
      const node = decodeNodeId(peer, "a way's peer");
      const taken =
        action === Inlet_Action.REQUEST
          ? this.#letPass(link, number, node)
          : this.#take(link, number, node);
      if (!taken) this.#refuse(link, number);
      return;
    }
    const occupant = this.#carriers.get(link)?.occupantOf(number);
    if (occupant !== undefined) occupant.receive(action, frame);
    // Whoever still sends has not heard that the way is over.
    else if (action === Inlet_Action.CARRY) this.#refuse(link, number);
  }

  close(): void {
    for (const carrier of [...this.#carriers.values()]) carrier.leave();
  }

  #request(link: Link, subscriber: NodeId, abandoned: AbortSignal): Promise<Way> {
    return new Promise((resolve, reject) => {
      const closed = (message: string): void =>
        reject(new LinkClosedError(`${link.peer.key}: ${message}`));
      if (link.state === 'closed') return closed('the link to the inlet is gone');
      const carrier = this.#carrierOf(link);
      const number = this.#freeNumber(carrier);
      this.#begun++;
      const way = new Way(
        this.#wayDeps(() => this.#begun--),
        carrier,
        number,
        subscriber,
        true,
      );
      way.onTaken(() => resolve(way));
      way.onClose(({ message }) => closed(message));
      abandoned.addEventListener('abort', () => void way.close());
      const header = inletHeader(number, Inlet_Action.REQUEST, subscriber.bytes);
      if (!carrier.push(header)) void way.close(LinkCloseCode.none, 'no room');
    });
  }

  /** A peer wants to reach `subscriber` through this node. False when that cannot be. */
  #letPass(link: Link, number: number, subscriber: NodeId): boolean {
    const { links, limits, tally } = this.#deps;
    const onward = links.get(subscriber);
    if (onward?.state !== 'open' || onward === link || this.#passing >= limits.maxWays)
      return false;
    const requested = this.#carriers.get(link)?.requested ?? 0;
    if (requested >= Math.ceil(limits.maxWays / shareOfPeer)) return false;
    const from = this.#carrierOf(link);
    const to = this.#carrierOf(onward);
    const theirs = this.#freeNumber(to);
    const sides = [
      { carrier: from, number },
      { carrier: to, number: theirs + 1 },
    ] as const;
    const passage = new Passage(...sides, {
      passedOn: (events) => tally.passedOn(events),
      ended: () => {
        from.requested--;
        this.#passing--;
      },
    });
    from.requested++;
    this.#passing++;
    if (!to.push(inletHeader(theirs, Inlet_Action.OFFER, link.peer.bytes))) passage.close();
    return true;
  }

  /** An inlet of this node brings a way from `publisher`. False when it is not taken. */
  #take(link: Link, number: number, publisher: NodeId): boolean {
    const { isInlet, limits, links } = this.#deps;
    if (!isInlet(link.peer) || publisher.equals(links.self)) return false;
    const { maxWays } = limits;
    const offered = this.#carriers.get(link)?.offered ?? 0;
    if (offered >= maxWays || this.#ended >= inletsTaken * maxWays) return false;
    const carrier = this.#carrierOf(link);
    carrier.offered++;
    this.#ended++;
    const onClosed = (): void => {
      carrier.offered--;
      this.#ended--;
    };
    const way = new Way(this.#wayDeps(onClosed), carrier, number + 1, publisher, false);
    if (!carrier.push(inletHeader(number + 1, Inlet_Action.OPENED))) void way.close();
    return true;
  }

  #refuse(link: Link, number: number): void {
    const header = inletHeader(number ^ 1, Inlet_Action.CLOSE);
    link.send(this.#writer.empty().frame(FrameKind.inlet, header));
  }

  #wayDeps(onClosed: () => void): WayDeps {
    return {
      clock: this.#deps.clock,
      arrived: (way, frame) => this.#arrived(way, frame),
      onClosed,
    };
  }

  /** What is wrong in a batch is its publisher's doing, and costs the way, not the inlet's link. */
  #arrived(way: Way, frame: FrameView): void {
    try {
      new FrameDecoder({}).push(frame.bytes, frame.headerEnd, frame.payloadEnd, (inner) => {
        if (way.state === 'open') this.#deps.onFrame(way, inner);
      });
    } catch {
      this.#deps.tally.dropped('malformed');
      void way.close(LinkCloseCode.protocolViolation, 'a batch is malformed');
    }
  }

  #freeNumber(carrier: Carrier): number {
    do this.#last = (this.#last + 2) % 0x4000_0000;
    while (carrier.occupantOf(this.#last + 1) !== undefined);
    return this.#last;
  }

  #carrierOf(link: Link): Carrier {
    let carrier = this.#carriers.get(link);
    if (carrier === undefined) {
      const unpin = this.#deps.links.pin(link.peer);
      carrier = new Carrier(link, {
        writer: this.#writer,
        maxBytes: this.#deps.limits.outboxBytes,
        onOver: () => {
          unpin();
          this.#carriers.delete(link);
        },
      });
      this.#carriers.set(link, carrier);
    }
    return carrier;
  }
}
