import { type Link, noMetrics, silentLogger } from '@macula/core';
import {
  type MemoryLinks,
  memoryNetwork,
  type MemoryNetworkOptions,
  seededRandom,
  virtualClock,
} from '@macula/testkit';
import { FrameKind, SwimSync, SwimSyncAnswer } from '@macula/wire';
import { decodeRumour, encodeRumour, type Rumour } from '../src/swim/rumour.ts';
import { StatementPool } from '../src/swim/statement-pool.ts';
import {
  type ProbeKind,
  readGossip,
  readProbe,
  readProbeRequest,
  SwimFrames,
} from '../src/swim/swim-frames.ts';
import { type SwimOptions, swimSettings } from '../src/swim/swim-options.ts';
import { wireSwim } from '../src/swim/swim-parts.ts';

/** What a peer has received: when, what, with which number, and of which target a request speaks. */
export interface Received {
  readonly at: number;
  readonly kind: 'probe' | 'request' | 'ack' | 'nack' | 'comparison' | 'gossip';
  /** Of comparisons, how many bits they have. */
  readonly sequence: number;
  readonly target?: string;
  readonly rumours: readonly Rumour[];
}

/** A peer that does nothing by itself: the test speaks for it. */
export interface Puppet {
  readonly links: MemoryLinks;
  readonly received: Received[];
  /** What it says of itself. */
  readonly statement: Rumour;
  /** What it answers to comparisons; the buckets are those of which it wants to know. */
  answer: { rumours: readonly Rumour[]; buckets: number[]; more: boolean };
  /** Its link to the node on the bench. */
  link(): Link;
  say(kind: ProbeKind, sequence: number, rumours?: readonly Rumour[]): void;
  ask(sequence: number, target: Puppet): void;
}

/** The parts of one node, started by the test as far as it likes, among puppets in a simulated network and virtual time. */
export function swimBench(options: SwimOptions = {}, network: MemoryNetworkOptions = {}) {
  const clock = virtualClock();
  const net = memoryNetwork({ clock, latencyMs: 1, ...network });
  const links = net.node();
  const parts = wireSwim(
    {
      ...{ links, clock: links.clock, random: seededRandom(1), statements: new StatementPool() },
      ...{ logger: silentLogger, metrics: noMetrics, running: () => true },
      changed: () => undefined,
    },
    swimSettings(options),
    options,
  );
  parts.reception.start();
  parts.neighbourhood.start();

  const puppet = (): Puppet => {
    const own = net.node();
    const received: Received[] = [];
    const frames = new SwimFrames();
    const note = (
      kind: Received['kind'],
      {
        rumours,
        ...said
      }: Pick<Received, 'sequence' | 'target'> & { rumours: readonly Uint8Array[] },
    ): void => {
      // At once: the bytes are used again.
      received.push({ at: clock.now(), kind, ...said, rumours: rumours.map(decodeRumour) });
    };
    const probing = {
      probe: FrameKind.swimProbe,
      ack: FrameKind.swimAck,
      nack: FrameKind.swimNack,
    };
    for (const [name, kind] of Object.entries(probing)) {
      own.handle(kind, (_, frame) => note(name as 'probe' | 'ack' | 'nack', readProbe(frame)));
    }
    own.handle(FrameKind.swimProbeRequest, (_, frame) => {
      const { target, ...said } = readProbeRequest(frame);
      note('request', { ...said, target: target.key });
    });
    own.handleRequest(FrameKind.swimSync, (_, body) => {
      note('comparison', { sequence: SwimSync.decode(body).bits, rumours: [] });
      const { answer } = made;
      const { buckets, more } = answer;
      const rumours = answer.rumours.map(encodeRumour);
      return SwimSyncAnswer.encode({ rumours, buckets, more }).finish();
    });
    own.handle(FrameKind.swimGossip, (_, frame) =>
      note('gossip', { sequence: 0, rumours: readGossip(frame) }),
    );
    const link = (): Link => own.get(links.self) as Link;
    const statement: Rumour = {
      ...{ id: own.self, incarnation: 1n, addresses: own.localAddresses, metadata: {} },
      status: 'alive',
    };
    const made: Puppet = {
      ...{ links: own, received, statement },
      answer: { rumours: [statement], buckets: [], more: false },
      link,
      say: (kind, sequence, rumours = []) =>
        void link().send(frames.probe(kind, sequence, rumours.map(encodeRumour))),
      ask: (sequence, target) =>
        void link().send(frames.probeRequest(sequence, target.links.self, [])),
    };
    return made;
  };
  return {
    ...{ clock, net, links, parts },
    /** Puppets that have dialled the node, and are strangers to it. */
    strangers: async (count: number): Promise<Puppet[]> => {
      const made = Array.from({ length: count }, puppet);
      const address = links.localAddresses[0]!;
      await clock.complete(Promise.all(made.map((one) => one.links.dial(address))));
      return made;
    },
    /** Puppets that are members of the node's mesh, with a link to it where they are its neighbours, and have heard all news. */
    members: async (count: number): Promise<Puppet[]> => {
      const made = Array.from({ length: count }, puppet);
      parts.hearing.hear(made.map(({ statement }) => statement));
      await clock.advance(5_000);
      for (const { received } of made) received.length = 0;
      return made;
    },
    /** Ends the node; returns what it left behind. */
    close: async (): Promise<number> => {
      const {
        entries,
        gossip,
        neighbourhood,
        prober,
        reception,
        reconnection,
        relay,
        roster,
        sync,
      } = parts;
      for (const part of [reconnection, entries, sync, prober, relay, gossip]) part.stop();
      neighbourhood.stop();
      reception.stop();
      roster.clear();
      const { pinned } = links;
      await clock.complete(net.stop());
      await clock.advance(10_000);
      return pinned.length + clock.pendingTimers;
    },
  };
}
