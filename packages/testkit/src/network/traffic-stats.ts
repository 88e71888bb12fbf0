import type { NodeId } from '@macula/core';
import type { Host } from './host.ts';

/** Frames and their encoded bytes. */
export interface Amount {
  readonly frames: number;
  readonly bytes: number;
}

/** What one node has sent and taken in. */
export interface NodeTraffic {
  readonly sent: Amount;
  readonly received: Amount;
  /** What was sent, by frame kind; requests, responses and stream openings count under their kinds in wire's FrameKind. */
  readonly sentByKind: ReadonlyMap<number, Amount>;
  readonly receivedByKind: ReadonlyMap<number, Amount>;
  /** Frames and streams of kinds that had no handler. */
  readonly skipped: number;
}

type Tally = { frames: number; bytes: number };

/** Counts for NodeTraffic. */
export class NodeTally implements NodeTraffic {
  readonly sent: Tally = { frames: 0, bytes: 0 };
  readonly received: Tally = { frames: 0, bytes: 0 };
  readonly sentByKind = new Map<number, Tally>();
  readonly receivedByKind = new Map<number, Tally>();
  skipped = 0;

  /** Starts again from zero. */
  reset(): void {
    for (const tally of [this.sent, this.received]) Object.assign(tally, { frames: 0, bytes: 0 });
    this.sentByKind.clear();
    this.receivedByKind.clear();
    this.skipped = 0;
  }
}

/** Counts what travels, so that tests can assert what a protocol costs. */
export class TrafficStats {
  private readonly nodes = new Map<string, NodeTally>();
  private readonly all = new NodeTally();

  /** The whole network: every frame is sent once and, unless lost, received once. */
  get total(): NodeTraffic {
    return this.all;
  }

  /** One node, over all its lives. */
  of(node: NodeId): NodeTraffic {
    return this.tallyOf(node);
  }

  /** Starts again from zero. */
  reset(): void {
    for (const tally of this.nodes.values()) tally.reset();
    this.all.reset();
  }

  /** Called by the network. */
  countSent({ traffic }: Host, kind: number, bytes: number): void {
    add(traffic.sent, bytes);
    add(entry(traffic.sentByKind, kind), bytes);
    add(this.all.sent, bytes);
    add(entry(this.all.sentByKind, kind), bytes);
  }

  /** Called by the network. */
  countReceived({ traffic }: Host, kind: number, bytes: number): void {
    add(traffic.received, bytes);
    add(entry(traffic.receivedByKind, kind), bytes);
    add(this.all.received, bytes);
    add(entry(this.all.receivedByKind, kind), bytes);
  }

  /** Called by the network. */
  countSkipped({ traffic }: Host): void {
    traffic.skipped++;
    this.all.skipped++;
  }

  /** Called by the network: where the node's share is counted. */
  tallyOf(node: NodeId): NodeTally {
    let tally = this.nodes.get(node.key);
    if (tally === undefined) this.nodes.set(node.key, (tally = new NodeTally()));
    return tally;
  }
}

function add(tally: Tally, bytes: number): void {
  tally.frames++;
  tally.bytes += bytes;
}

function entry(tallies: Map<number, Tally>, kind: number): Tally {
  let tally = tallies.get(kind);
  if (tally === undefined) tallies.set(kind, (tally = { frames: 0, bytes: 0 }));
  return tally;
}
