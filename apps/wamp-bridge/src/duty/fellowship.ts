import {
  type Clock,
  Listeners,
  type Member,
  type NodeId,
  type Timer,
  type Unsubscribe,
} from '@macula/core';
import type { MaculaNode } from '@macula/node';
import { maxConfirmed, readStanding, shortKey, type Standing, standingText } from './standing.ts';
import { carrierOf } from './topic-share.ts';

/** Sessions of fellows that are remembered: events of one that has gone may still be on their way. */
const maxSessions = 1_000;
/** Topics whose carrier is remembered; all are forgotten when there are more. */
const maxRemembered = 20_000;
/** Bridges heard of at the router that are taken note of, and milliseconds until those that membership never shows are forgotten. */
const maxPresent = 64;
const strangerMs = 10_000;

/**
 * The bridges of one group: nodes that join the same router. They know each other by the metadata that membership carries, and share
 * the topics out among those that are up.
 *
 * A bridge that comes up says so, and begins to work when all fellows have confirmed that they have let go of its share: a topic
 * has one carrier at a time. When one is lost nobody has to be asked, as only its own topics move.
 */
export class Fellowship {
  readonly #node: MaculaNode;
  readonly #clock: Clock;
  readonly #fellows = new Map<string, Standing>();
  /** Bridges that have been heard at the router since this one joined it, by their sessions. */
  readonly #present = new Map<string, number>();
  /** Those of them that membership does not show yet. */
  readonly #strangers = new Set<string>();
  #forgetting: Timer | undefined;
  readonly #sessions = new Set<number>();
  readonly #carriers = new Map<string, string | undefined>();
  readonly #listeners = new Listeners();
  readonly #rivals = new Listeners();
  readonly #releasers = new Set<() => Promise<void>>();
  readonly #unsubscribe: Unsubscribe;
  #own: Standing;
  #lastSince = 0;
  #told = '';
  /** While what this bridge had begun is not over, nobody hears that it has gone. */
  #leaving = false;

  constructor(node: MaculaNode, clock: Clock, group: string) {
    this.#node = node;
    this.#clock = clock;
    this.#own = { group, session: 0, since: 0, works: false, confirmed: new Map() };
    for (const member of node.members()) this.#take(member);
    this.#unsubscribe = node.onMembership(({ type, member }) => {
      if (type === 'suspected') return;
      const { key } = member.id;
      const known = textOf(this.#fellows.get(key));
      if (type === 'failed' || type === 'left') this.#lose(key);
      else this.#take(member);
      if (textOf(this.#fellows.get(key)) !== known) this.#changed();
      if (this.#isRival(key)) this.#rivals.emit();
    });
    this.#tell();
  }

  /** How many other bridges of the group there are. */
  get size(): number {
    return this.#fellows.size + this.#strangers.size;
  }

  /** Whether every bridge that was heard of, by membership or at the router, is known by both. */
  get allPresent(): boolean {
    if (this.#strangers.size > 0) return false;
    return [...this.#fellows].every(
      ([key, { session }]) => session === 0 || this.#present.get(key) === session,
    );
  }

  /** How many other bridges are up, as far as this one has heard. */
  get fellowsUp(): number {
    return [...this.#fellows.values()].filter(({ since }) => since !== 0).length;
  }

  /** Whether this bridge has said that it is up. */
  get isUp(): boolean {
    return this.#own.since !== 0;
  }

  /** Whether this bridge carries a share of the topics. */
  get works(): boolean {
    return this.#own.works;
  }

  /** Whether this bridge carries a topic, or keeps it while nobody can. */
  owns(topic: string): boolean {
    if (this.#own.since !== 0) return this.works && this.#carrier(topic) === this.#node.id.key;
    return this.#carrier(topic) === undefined;
  }

  /** Whether a fellow carries the topic now, rather than this bridge or one that has yet to begin. */
  isCared(topic: string): boolean {
    return this.#fellows.get(this.#carrier(topic) ?? '')?.works === true;
  }

  isFellow(node: NodeId): boolean {
    return this.#fellows.has(node.key) || this.#strangers.has(node.key);
  }

  /** Whether a session at the router is this bridge's, or was or is a fellow's. */
  isOurs(session: number): boolean {
    return this.#sessions.has(session);
  }

  /** Is told when anything has changed of who carries what. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Is told when a fellow is seen that has carried everything while this bridge did so, too: the mesh was apart. */
  onRival(listener: () => void): void {
    this.#rivals.add(listener);
  }

  /** Is asked, behind the listeners, to see that what was let go of is over. */
  onRelease(releaser: () => Promise<void>): void {
    this.#releasers.add(releaser);
  }

  /** This bridge has a session: what that subscribes to and publishes is no client's. */
  joined(session: number): void {
    this.#remember(session);
    this.#present.clear();
    this.#strangers.clear();
    this.#leaving = false;
    this.#own = { ...this.#own, session };
    this.#changed();
  }

  /** A bridge of the group is at the router: its session is no client's, and it hears from now on what this bridge carries. */
  present(node: string, session: number): void {
    this.#remember(session);
    if (this.#present.size >= maxPresent && !this.#present.has(node)) return;
    this.#present.set(node, session);
    if (this.#fellows.has(node) || this.#strangers.has(node)) return;
    this.#strangers.add(node);
    this.#forgetting ??= this.#clock.setTimer(() => this.#forgetStrangers(), strangerMs, {
      background: true,
    });
    this.#listeners.emit();
  }

  /** This bridge and a fellow have both carried everything: neither does so any more until they have agreed. */
  stepDown(): void {
    this.#own = { ...this.#own, since: 0, works: false };
    for (const [key, fellow] of this.#fellows) {
      this.#fellows.set(key, { ...fellow, since: 0, works: false });
    }
    this.#changed();
  }

  /** All that is wanted of the router is in place, and publishers have had time to learn of it. */
  cameUp(): void {
    if (this.#own.since !== 0 || this.#own.session === 0) return;
    const others = [...this.#fellows.values()].map(({ since }) => since + 1);
    const since = Math.max(Math.round(this.#clock.wallTime()), this.#lastSince + 1, ...others);
    this.#lastSince = since;
    this.#own = { ...this.#own, since };
    this.#changed();
  }

  /** The router is away for this bridge: others carry its share when what it has begun is over. */
  async lost(): Promise<void> {
    this.#own = { ...this.#own, session: 0, since: 0, works: false };
    this.#leaving = true;
    this.#changed();
    await this.#released();
    this.#leaving = false;
    this.#tell();
  }

  /** Leaves the group; the node may live on. */
  stop(): void {
    this.#unsubscribe();
    this.#forgetting?.cancel();
    this.#node.setMetadata({});
    this.#listeners.clear();
    this.#rivals.clear();
    this.#releasers.clear();
  }

  #take({ id, metadata }: Member): void {
    const standing = readStanding(metadata['wamp-bridge']);
    if (standing?.group !== this.#own.group) {
      this.#fellows.delete(id.key);
      return;
    }
    this.#fellows.set(id.key, standing);
    this.#strangers.delete(id.key);
    this.#remember(standing.session);
  }

  /** What it was confirmed counts no more: should it come back, it has carried without this bridge. */
  #lose(key: string): void {
    this.#fellows.delete(key);
    this.#strangers.delete(key);
    const confirmed = new Map(this.#own.confirmed);
    if (confirmed.delete(shortKey(key))) this.#own = { ...this.#own, confirmed };
  }

  #forgetStrangers(): void {
    this.#forgetting = undefined;
    this.#strangers.clear();
    this.#listeners.emit();
  }

  /** Whether both carry and neither has let the other. */
  #isRival(key: string): boolean {
    const fellow = this.#fellows.get(key);
    if (fellow === undefined || !fellow.works || !this.works) return false;
    return (
      this.#own.confirmed.get(shortKey(key)) !== fellow.since &&
      fellow.confirmed.get(shortKey(this.#node.id.key)) !== this.#own.since
    );
  }

  #remember(session: number): void {
    if (session === 0 || this.#sessions.has(session)) return;
    this.#sessions.add(session);
    const [oldest] = this.#sessions;
    if (this.#sessions.size > maxSessions && oldest !== undefined) this.#sessions.delete(oldest);
  }

  /** The key of who is to carry a topic, among those that are up. */
  #carrier(topic: string): string | undefined {
    const known = this.#carriers.get(topic);
    if (known !== undefined || this.#carriers.has(topic)) return known;
    const up = [...this.#fellows].filter(([, { since }]) => since !== 0).map(([key]) => key);
    if (this.#own.since !== 0) up.push(this.#node.id.key);
    const carrier = carrierOf(topic, up);
    if (this.#carriers.size >= maxRemembered) this.#carriers.clear();
    this.#carriers.set(topic, carrier);
    return carrier;
  }

  #changed(): void {
    this.#carriers.clear();
    if (this.#own.since !== 0 && !this.#own.works && this.#isConfirmed()) {
      this.#own = { ...this.#own, works: true };
    }
    this.#tell();
    this.#listeners.emit();
    if (this.#unconfirmed().length > 0) void this.#confirm();
  }

  #isConfirmed(): boolean {
    const key = shortKey(this.#node.id.key);
    return [...this.#fellows.values()].every(
      ({ confirmed }) => confirmed.get(key) === this.#own.since,
    );
  }

  /** Fellows that have come up and wait to hear that this bridge has let go. */
  #unconfirmed(): (readonly [key: string, since: number])[] {
    const { confirmed } = this.#own;
    return [...this.#fellows]
      .filter(([, { since, works }]) => since !== 0 && !works)
      .map(([key, { since }]) => [shortKey(key), since] as const)
      .filter(([key, since]) => confirmed.get(key) !== since);
  }

  async #confirm(): Promise<void> {
    const due = this.#unconfirmed();
    await this.#released();
    const arriving = new Set(this.#unconfirmed().map((one) => one.join(':')));
    const still = due.filter((one) => arriving.has(one.join(':')));
    if (still.length === 0) return;
    const confirmed = new Map([...this.#own.confirmed, ...still].slice(-maxConfirmed));
    this.#own = { ...this.#own, confirmed };
    this.#tell();
  }

  async #released(): Promise<void> {
    await Promise.all([...this.#releasers].map((release) => release()));
  }

  #tell(): void {
    const text = standingText(this.#own);
    if (text === this.#told || this.#leaving) return;
    this.#told = text;
    this.#node.setMetadata({ 'wamp-bridge': text });
  }
}

function textOf(standing: Standing | undefined): string {
  return standing === undefined ? '' : standingText(standing);
}
