import {
  type Clock,
  type FrameView,
  type Link,
  LinkCloseCode,
  LinkClosedError,
  type Links,
  NodeId,
  withDeadline,
} from '@macula/core';
import {
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
import { InletQueue } from './inlet-queue.ts';
import { inletHeader, Way } from './way.ts';

/** How long an inlet may take to open a way, in milliseconds. */
const openMs = 3_000;

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

/** A way that this node lets pass: where what comes goes on. */
interface Passage {
  readonly onward: InletQueue;
  readonly number: number;
}

interface Opening {
  readonly way: Way;
  readonly opened: () => void;
}

/** The ways through inlets that begin, end, or pass here. */
export class Ways {
  readonly #deps: WaysDeps;
  readonly #writer = new FrameWriter();
  /** By link, and by the number in what arrives. */
  readonly #passages = new Map<Link, Map<number, Passage>>();
  readonly #ways = new Map<Link, Map<number, Way>>();
  readonly #openings = new Map<Way, Opening>();
  readonly #queues = new Map<Link, InletQueue>();
  #last = 0;
  #passing = 0;

  constructor(deps: WaysDeps) {
    this.#deps = deps;
  }

  /** Opens a way to `subscriber` through `inlet`. Throws LinkClosedError, TimeoutError, AbortedError, or what keeps the inlet from being reached. */
  async open(inlet: NodeId, subscriber: NodeId, signal: AbortSignal): Promise<Way> {
    const { clock, links } = this.#deps;
    const link = await links.link(inlet, { signal });
    this.#last = (this.#last + 2) % 0x4000_0000;
    const number = this.#last;
    const way = this.#add(link, number, number + 1, subscriber, true);
    const answer = new Promise<void>((resolve, reject) => {
      this.#openings.set(way, { way, opened: resolve });
      way.onClose(({ message }) => reject(new LinkClosedError(`${inlet.key}: ${message}`)));
    });
    try {
      if (!this.#say(link, number, Inlet_Action.OPEN, subscriber)) way.end('no room', false);
      await withDeadline(clock, answer, { timeout: openMs, signal, what: 'a way by an inlet' });
      return way;
    } catch (error) {
      await way.close();
      throw error;
    } finally {
      this.#openings.delete(way);
    }
  }

  /** Handles INLET. Throws MalformedFrameError. */
  receive(link: Link, frame: FrameView): void {
    const { way: number, action, peer } = readInlet(frame);
    if (action === Inlet_Action.OPEN) return this.#opened(link, number, peer);
    const passage = this.#passages.get(link)?.get(number);
    if (passage !== undefined) return this.#pass(link, number, action, passage, frame);
    const way = this.#ways.get(link)?.get(number);
    if (way === undefined) {
      // Whoever still sends has not heard that the way is over.
      if (action === Inlet_Action.CARRY) this.#say(link, number ^ 1, Inlet_Action.CLOSE);
    } else if (action === Inlet_Action.CARRY) this.#arrived(way, frame);
    else if (action === Inlet_Action.OPENED) this.#openings.get(way)?.opened();
    else way.end('the inlet has closed the way', true);
  }

  close(): void {
    for (const ways of [...this.#ways.values()])
      for (const way of [...ways.values()]) void way.close();
    for (const queue of [...this.#queues.values()]) queue.close();
    this.#passages.clear();
    this.#passing = 0;
  }

  /** How many ways of others pass here. */
  get passing(): number {
    return this.#passing;
  }

  #add(link: Link, number: number, heard: number, peer: NodeId, initiator: boolean): Way {
    let ways = this.#ways.get(link);
    if (ways === undefined) this.#ways.set(link, (ways = new Map()));
    const unpin = this.#deps.links.pin(link.peer);
    const way = new Way(this.#deps.clock, this.#writer, link, number, peer, initiator, () => {
      unpin();
      ways.delete(heard);
      if (ways.size === 0) this.#ways.delete(link);
    });
    ways.set(heard, way);
    return way;
  }

  /** A peer opens a way: for another node, or, where the peer is an inlet of this one, from another node. */
  #opened(link: Link, number: number, bytes: Uint8Array): void {
    const { links, isInlet, limits } = this.#deps;
    const peer = NodeId.fromBytes(bytes);
    if (number % 2 !== 0) throw new MalformedFrameError('the number of a new way must be even');
    if (isInlet(link.peer) && !peer.equals(links.self)) {
      void this.#ways.get(link)?.get(number)?.close();
      this.#add(link, number + 1, number, peer, false);
      this.#say(link, number + 1, Inlet_Action.OPENED);
      return;
    }
    const onward = links.get(peer);
    if (onward?.state !== 'open' || onward === link || this.#passing >= limits.maxWays) {
      this.#say(link, number + 1, Inlet_Action.CLOSE);
      return;
    }
    this.#last = (this.#last + 2) % 0x4000_0000;
    const theirs = this.#last;
    this.#tableOf(link).set(number, { onward: this.#queueOf(onward), number: theirs });
    this.#tableOf(onward).set(theirs + 1, { onward: this.#queueOf(link), number: number + 1 });
    this.#passing++;
    this.#queueOf(onward).push(inletHeader(theirs, Inlet_Action.OPEN, link.peer.bytes));
  }

  #pass(link: Link, number: number, action: Inlet['action'], to: Passage, frame: FrameView): void {
    const header = inletHeader(to.number, action);
    if (action === Inlet_Action.CLOSE) this.#closePassage(link, number);
    if (to.onward.push(header, frame)) {
      this.#deps.tally.passedOn();
      return;
    }
    // What does not fit would be missing silently: better the publisher learns, and sends again what it must.
    this.#closePassage(link, number);
    this.#say(link, number ^ 1, Inlet_Action.CLOSE);
    this.#say(to.onward.link, to.number, Inlet_Action.CLOSE);
  }

  #closePassage(link: Link, number: number): void {
    const passage = this.#passages.get(link)?.get(number);
    if (passage === undefined) return;
    this.#passages.get(link)?.delete(number);
    this.#passages.get(passage.onward.link)?.delete(passage.number ^ 1);
    this.#passing--;
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

  #tableOf(link: Link): Map<number, Passage> {
    let table = this.#passages.get(link);
    if (table === undefined) this.#passages.set(link, (table = new Map()));
    return table;
  }

  #queueOf(link: Link): InletQueue {
    let queue = this.#queues.get(link);
    if (queue === undefined) {
      const unpin = this.#deps.links.pin(link.peer);
      queue = new InletQueue(link, this.#writer, this.#deps.limits.outboxBytes, () => {
        unpin();
        this.#queues.delete(link);
        this.#linkGone(link);
      });
      this.#queues.set(link, queue);
    }
    return queue;
  }

  #linkGone(link: Link): void {
    for (const [number, { onward, number: theirs }] of [...(this.#passages.get(link) ?? [])]) {
      this.#closePassage(link, number);
      onward.push(inletHeader(theirs, Inlet_Action.CLOSE));
    }
    this.#passages.delete(link);
  }

  #say(link: Link, number: number, action: Inlet['action'], peer?: NodeId): boolean {
    const header = inletHeader(number, action, peer?.bytes);
    return link.send(this.#writer.empty().frame(FrameKind.inlet, header));
  }
}

function readInlet(frame: FrameView): Inlet {
  try {
    return Inlet.decode(headerOf(frame));
  } catch (cause) {
    throw new MalformedFrameError('an inlet header cannot be decoded', { cause });
  }
}
