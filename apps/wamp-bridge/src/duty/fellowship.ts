import type { Clock, Member, NodeId, Unsubscribe } from '@macula/core';
import type { MaculaNode } from '@macula/node';

/** What a bridge tells of itself in its node's metadata. */
interface Standing {
  readonly group: string;
  /** Its session at the router; 0 while it has none. */
  readonly session: number;
  /** Orders the bridges that are up, by when they came up; 0 while the router is away. */
  readonly since: number;
}

/** Sessions of fellows that are remembered: events of one that has gone may still be on their way. */
const maxSessions = 1_000;

/**
 * The bridges of one group: nodes that join the same router. They know each other by the metadata that membership carries. The one
 * that has been up for longest carries the events; the others stand by.
 */
export class Fellowship {
  readonly #node: MaculaNode;
  readonly #clock: Clock;
  readonly #group: string;
  readonly #fellows = new Map<string, Standing>();
  readonly #sessions = new Set<number>();
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: Unsubscribe;
  #own: Standing;

  constructor(node: MaculaNode, clock: Clock, group: string) {
    this.#node = node;
    this.#clock = clock;
    this.#group = group;
    this.#own = { group, session: 0, since: 0 };
    for (const member of node.members()) this.#take(member);
    this.#unsubscribe = node.onMembership(({ type, member }) => {
      if (type === 'suspected') return;
      const known = JSON.stringify(this.#fellows.get(member.id.key));
      if (type === 'failed' || type === 'left') this.#fellows.delete(member.id.key);
      else this.#take(member);
      if (JSON.stringify(this.#fellows.get(member.id.key)) !== known) this.#changed();
    });
    this.#tell();
  }

  /** How many other bridges of the group there are. */
  get size(): number {
    return this.#fellows.size;
  }

  /** Whether this bridge carries the events. */
  get leads(): boolean {
    const { since } = this.#own;
    for (const [key, other] of this.#fellows) {
      if (other.since === 0) continue;
      if (since === 0 || other.since < since) return false;
      if (other.since === since && key < this.#node.id.key) return false;
    }
    return true;
  }

  isFellow(node: NodeId): boolean {
    return this.#fellows.has(node.key);
  }

  /** Whether a session at the router is this bridge's, or was or is a fellow's. */
  isOurs(session: number): boolean {
    return this.#sessions.has(session);
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** This bridge has a session, and comes up behind all that are up already. */
  joined(session: number): void {
    const eldest = [...this.#fellows.values()].map(({ since }) => since + 1);
    const since = Math.max(Math.round(this.#clock.wallTime()), ...eldest);
    this.#remember(session);
    this.#stand({ group: this.#group, session, since });
  }

  /** The router is away for this bridge. */
  lost(): void {
    this.#stand({ group: this.#group, session: 0, since: 0 });
  }

  stop(): void {
    this.#unsubscribe();
    this.#listeners.clear();
  }

  #stand(standing: Standing): void {
    this.#own = standing;
    this.#tell();
    this.#changed();
  }

  #tell(): void {
    const { group, session, since } = this.#own;
    this.#node.setMetadata({ 'wamp-bridge': `${group} ${session} ${since}` });
  }

  #take({ id, metadata }: Member): void {
    const [group, session, since] = metadata['wamp-bridge']?.split(' ') ?? [];
    if (group !== this.#group) {
      this.#fellows.delete(id.key);
      return;
    }
    const standing = { group, session: Number(session) || 0, since: Number(since) || 0 };
    this.#fellows.set(id.key, standing);
    this.#remember(standing.session);
  }

  #remember(session: number): void {
    if (session === 0 || this.#sessions.has(session)) return;
    this.#sessions.add(session);
    const [oldest] = this.#sessions;
    if (this.#sessions.size > maxSessions && oldest !== undefined) this.#sessions.delete(oldest);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
