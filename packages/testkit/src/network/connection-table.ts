import type { Address } from '@macula/core';
import { Connection, type ConnectionHome } from './connection.ts';
import type { Host } from './host.ts';
import type { Medium } from './medium.ts';
import { MemoryLink } from './memory-link.ts';
import type { MemoryNode } from './memory-node.ts';
import type { Path } from './path.ts';
import { IdleWatch } from './idle-watch.ts';
import { SilenceWatch } from './silence-watch.ts';

/** Every connection of a network: at most one usable one between two nodes. */
export class ConnectionTable implements ConnectionHome {
  private readonly medium: Medium;
  private readonly watch: SilenceWatch;
  private readonly all = new Set<Connection>();
  private readonly idleness: IdleWatch;
  private readonly usable = new Map<string, Connection>();

  constructor(medium: Medium) {
    this.medium = medium;
    this.watch = new SilenceWatch(medium.clock, medium.limits.silenceMs);
    this.idleness = new IdleWatch(medium.clock, medium.limits.idleMs, this.all);
  }

  /** The dialler's end of the connection between two nodes. Simultaneous dials meet in the one that came first. */
  endBetween(
    dialler: MemoryNode,
    responder: MemoryNode,
    address: Address,
    paths: readonly [there: Path, back: Path],
  ): MemoryLink {
    const pair = pairOf(dialler, responder);
    const existing = this.usable.get(pair);
    const end = existing?.endOf(dialler);
    if (end !== undefined && existing?.endOf(responder) !== undefined) return end;
    // What is left is a connection with an earlier life of one of the two.
    existing?.silence();
    return this.connect(pair, dialler, responder, address, paths);
  }

  reviewAll(): void {
    this.watch.review(this.all);
  }

  reviewOf(node: MemoryNode): void {
    this.watch.review(Array.from(node.ends, (end) => end.connection));
  }

  connectionRetired(connection: Connection): void {
    const [initiator, acceptor] = connection.ends as readonly [MemoryLink, MemoryLink];
    const pair = pairOf(initiator.owner, acceptor.owner);
    if (this.usable.get(pair) === connection) this.usable.delete(pair);
  }

  connectionOver(connection: Connection): void {
    this.all.delete(connection);
    this.watch.forget(connection);
    if (this.all.size === 0) this.idleness.rest();
  }

  private connect(
    pair: string,
    dialler: MemoryNode,
    responder: MemoryNode,
    address: Address,
    [there, back]: readonly [there: Path, back: Path],
  ): MemoryLink {
    const connection = new Connection(this.medium, [there, back], this);
    const features = commonFeatures(dialler.identity.features, responder.identity.features);
    const initiator = new MemoryLink({
      connection,
      owner: dialler,
      peer: responder.self,
      initiator: true,
      remoteAddress: address,
      features,
      outgoing: there,
      incoming: back,
    });
    const acceptor = new MemoryLink({
      connection,
      owner: responder,
      peer: dialler.self,
      initiator: false,
      remoteAddress: dialler.localAddresses[0] ?? { host: '10.255.255.255', port: 4433 },
      features,
      outgoing: back,
      incoming: there,
    });
    connection.join(initiator, acceptor);
    dialler.ends.add(initiator);
    responder.ends.add(acceptor);
    this.all.add(connection);
    this.idleness.arm();
    this.usable.set(pair, connection);
    return initiator;
  }
}

function pairOf(one: Host, other: Host): string {
  const [a, b] = [one.self.key, other.self.key];
  return a < b ? `${a},${b}` : `${b},${a}`;
}

const noFeatures: ReadonlySet<string> = new Set();

/** Those that both sides have. */
export function commonFeatures(
  here: readonly string[],
  there: readonly string[],
): ReadonlySet<string> {
  const common = here.filter((name) => there.includes(name));
  return common.length === 0 ? noFeatures : new Set(common);
}
