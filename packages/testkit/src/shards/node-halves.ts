import type { HalfConnection, HalfConnectionHome } from './half-connection.ts';

/** One node's halves of its connections. Two with the same peer only overlap while the older one is closing. */
export class NodeHalves implements HalfConnectionHome {
  private readonly home: HalfConnectionHome;
  /** By the peers' numbers: the latest, which knows the one before it. */
  private readonly latest = new Map<number, HalfConnection>();

  /** `home`: who keeps the halves of all nodes. */
  constructor(home: HalfConnectionHome) {
    this.home = home;
  }

  /** Every half. */
  *[Symbol.iterator](): Iterator<HalfConnection> {
    for (const latest of this.latest.values()) {
      for (let half: HalfConnection | undefined = latest; half !== undefined; half = half.older) {
        yield half;
      }
    }
  }

  find(peer: number, number: number): HalfConnection | undefined {
    let half = this.latest.get(peer);
    while (half !== undefined && half.number !== number) half = half.older;
    return half;
  }

  /** The one that dials may share. */
  usableWith(peer: number): HalfConnection | undefined {
    const half = this.latest.get(peer);
    return half?.isUsable === true ? half : undefined;
  }

  add(half: HalfConnection): void {
    half.older = this.latest.get(half.peer);
    this.latest.set(half.peer, half);
  }

  halfOver(half: HalfConnection): void {
    const latest = this.latest.get(half.peer);
    if (latest !== half) {
      for (let newer = latest; newer !== undefined; newer = newer.older) {
        if (newer.older === half) newer.older = half.older;
      }
    } else if (half.older === undefined) this.latest.delete(half.peer);
    else this.latest.set(half.peer, half.older);
    this.home.halfOver(half);
  }
}
