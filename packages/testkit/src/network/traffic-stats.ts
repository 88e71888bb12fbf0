import type { NodeId } from '@macula/core';

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

class NodeTally implements NodeTraffic {
  readonly sent: Tally = { frames: 0, bytes: 0 };
  readonly received: Tally = { frames: 0, bytes: 0 };
  readonly sentByKind = new Map<number, Tally>();
  readonly receivedByKind = new Map<number, Tally>();
  skipped = 0;
}

/** Counts what travels, so that tests can assert what a protocol costs. */
export class TrafficStats {
  private readonly nodes = new Map<string, NodeTally>();
  private all = new NodeTally();

  /** The whole network: every frame is sent once and, unless lost, received once. */
  get total(): NodeTraffic {
    return this.all;
  }

  /** One node, over all its lives. */
  of(node: NodeId): NodeTraffic {
    return this.tally(node);
  }

  /** Starts again from zero. */
  reset(): void {
    this.nodes.clear();
    this.all = new NodeTally();
  }

  /** Called by the network. */
  countSent(node: NodeId, kind: number, bytes: number): void {
    for (const tally of [this.tally(node), this.all]) {
      add(tally.sent, bytes);
      add(entry(tally.sentByKind, kind), bytes);
    }
  }

  /** Called by the network. */
  countReceived(node: NodeId, kind: number, bytes: number): void {
    for (const tally of [this.tally(node), this.all]) {
      add(tally.received, bytes);
      add(entry(tally.receivedByKind, kind), bytes);
    }
  }

  /** Called by the network. */
  countSkipped(node: NodeId): void {
    this.tally(node).skipped++;
    this.all.skipped++;
  }

  private tally(node: NodeId): NodeTally {
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
