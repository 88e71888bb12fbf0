import type { Clock, MembershipChange, MemberStatus } from '@macula/core';
import { RunningDigest } from './member-digest.ts';
import { MemberPages } from './member-pages.ts';
import { changesOf, type StatusEvent, statusAfter } from './member-status.ts';
import type { Rumour } from './rumour.ts';
import type { Snapshot } from './snapshot.ts';
import { Suspicion } from './suspicion.ts';
import type { SuspicionBounds } from './suspicion-timeout.ts';
import { type MemberView, SwimMember } from './swim-member.ts';

export interface SwimRosterOptions {
  readonly maxMembers: number;
  /** Milliseconds that members that have left or failed are remembered. */
  readonly forgetMs: number;
  /** How long a suspicion that begins now lasts. */
  readonly suspicion: () => { readonly bounds: SuspicionBounds; readonly expected: number };
}

export interface SwimRosterEvents {
  /** Something has changed that users see. */
  changed(type: MembershipChange['type'], member: SwimMember): void;
  /** `member` has come, or come back. */
  arrived(member: SwimMember): void;
  /** `member` is suspect, for the first time or in a later incarnation. */
  doubted(member: SwimMember): void;
  /** A suspect is alive again. */
  trusted(member: SwimMember): void;
  /** `member` is a member no more. */
  departed(member: SwimMember): void;
  /** Nobody has refuted the suspicion; `lateMs` is how late its timer was. */
  expired(member: SwimMember, lateMs: number): void;
  /** Somebody was not taken because the table is full. */
  refused(): void;
}

/** All other members that this node knows of, moved by rumours alone. */
export class SwimRoster {
  readonly #clock: Clock;
  readonly #options: SwimRosterOptions;
  readonly #events: SwimRosterEvents;
  /** Of those who live, what they say; of others, what is thought of them as well. */
  #members = new MemberPages<Rumour | SwimMember>();
  /** Those that have left or failed, by the time of that. */
  readonly #ended = new Map<string, SwimMember>();
  /** Of those who are alive or suspect. */
  readonly #digest = new RunningDigest();
  readonly #count: Record<MemberStatus, number> = { alive: 0, suspect: 0, failed: 0, left: 0 };

  constructor(clock: Clock, options: SwimRosterOptions, events: SwimRosterEvents) {
    this.#clock = clock;
    this.#options = options;
    this.#events = events;
  }

  /**
   * Takes in the members of `snapshot` but for those in `except`. To be called before any others are known. While they
   * stay as they were, a roster shares the table of them with all others that have taken in the same snapshot.
   */
  recall(snapshot: Snapshot, except: ReadonlySet<Rumour>): void {
    const members = snapshot.members.filter((member) => !except.has(member));
    if (members.length > this.#options.maxMembers) {
      for (const member of members) this.apply(member);
      return;
    }
    const table = MemberPages.copyOf<Rumour | SwimMember>(snapshot.table);
    for (const { id } of except) table.delete(id.key);
    this.#members = table;
    this.#count.alive = table.size;
    for (const member of members) {
      // Whoever hears of one of them may put an end to all this.
      if (this.#members !== table) return;
      this.#announce(new SwimMember(member));
    }
  }

  get(key: string): SwimMember | undefined {
    const known = this.#members.get(key);
    return known === undefined ? undefined : memberOf(known);
  }

  *all(): Iterable<SwimMember> {
    for (const known of this.#members.values()) yield memberOf(known);
  }

  /** Those who are alive or suspect, without a record made for each. */
  *present(): Iterable<MemberView> {
    for (const known of this.#members.values()) {
      if (known.status === 'alive' || known.status === 'suspect') yield known;
    }
  }

  /** Those that have failed and are still remembered. */
  failed(): SwimMember[] {
    return [...this.#ended.values()].filter(({ status }) => status === 'failed');
  }

  count(status: MemberStatus): number {
    return this.#count[status];
  }

  /** Members besides this node. */
  get presentCount(): number {
    return this.#count.alive + this.#count.suspect;
  }

  /** Digests of `self` and of those who are alive or suspect, to compare them with another node's. */
  digests(bits: number, self: MemberView): Uint32Array {
    return this.#digest.read(bits, () => this.present(), self);
  }

  /** Takes a rumour of somebody else. Returns whether it is news, and so worth passing on. */
  apply(rumour: Rumour): boolean {
    const member = this.get(rumour.id.key);
    if (member === undefined) {
      return statusAfter('unknown', `${rumour.status}.newer`) === 'alive' && this.#admit(rumour);
    }
    const event = eventOf(rumour, member.incarnation);
    if (event === undefined) return false;
    const to = statusAfter(member.status, event);
    if (to !== undefined && to !== 'unknown') {
      this.#move(member, to, rumour);
      return true;
    }
    return (
      event === 'suspect.same' &&
      member.suspicion !== undefined &&
      rumour.accuser !== undefined &&
      member.suspicion.confirm(rumour.accuser.key)
    );
  }

  /** Forgets those whose end is long ago. */
  sweep(): void {
    const before = this.#clock.now() - this.#options.forgetMs;
    for (const member of this.#ended.values()) {
      if (member.since > before) return;
      this.#remove(member);
    }
  }

  clear(): void {
    for (const { suspicion } of this.all()) suspicion?.stop();
    this.#members = new MemberPages();
    this.#digest.clear();
    this.#ended.clear();
    Object.assign(this.#count, { alive: 0, suspect: 0, failed: 0, left: 0 });
  }

  #admit(rumour: Rumour): boolean {
    if (this.#members.size >= this.#options.maxMembers && !this.#displace()) {
      this.#events.refused();
      return false;
    }
    this.#members.set(rumour);
    this.#digest.add(rumour);
    this.#count.alive++;
    this.#announce(new SwimMember(rumour));
    return true;
  }

  #announce(newcomer: SwimMember): void {
    this.#events.arrived(newcomer);
    this.#events.changed('joined', newcomer);
  }

  /** Makes room by forgetting one whose end was first; members never give way. */
  #displace(): boolean {
    for (const member of this.#ended.values()) {
      this.#remove(member);
      return true;
    }
    return false;
  }

  #move(member: SwimMember, to: MemberStatus, rumour: Rumour): void {
    const from = member.status;
    const wasPresent = member.present;
    if (wasPresent) this.#digest.remove(member);
    member.suspicion?.stop();
    member.suspicion = undefined;
    member.incarnation = rumour.incarnation;
    if (to === 'alive' || to === 'suspect') {
      this.#digest.add({ id: member.id, incarnation: member.incarnation, status: to });
    }
    member.accuser = rumour.accuser;
    if (to === 'alive') member.statement = rumour;
    this.#members.set(to === 'alive' ? rumour : member);
    if (to === 'suspect') member.suspicion = this.#suspicionOf(member, rumour);
    this.#count[from]--;
    this.#count[to]++;
    member.since = this.#clock.now();
    if (to === 'alive') this.#ended.delete(member.id.key);
    if (to === 'failed' || to === 'left') this.#ended.set(member.id.key, member);
    if (!wasPresent && to === 'alive') {
      member.status = to;
      this.#events.arrived(member);
    }
    const [first, second] = changesOf(from, to);
    // On the way from alive to failed, users see a suspect first.
    if (second !== undefined && first !== undefined) {
      member.status = 'suspect';
      this.#events.changed(first, member);
    }
    member.status = to;
    if (to === 'suspect') this.#events.doubted(member);
    if (to === 'alive' && from === 'suspect') this.#events.trusted(member);
    if (wasPresent && !member.present) this.#events.departed(member);
    const last = second ?? first;
    if (last !== undefined) this.#events.changed(last, member);
  }

  #suspicionOf(member: SwimMember, { accuser, id }: Rumour): Suspicion {
    return new Suspicion(this.#clock, {
      ...this.#options.suspicion(),
      accuser: (accuser ?? id).key,
      onExpired: (lateMs) => this.#events.expired(member, lateMs),
    });
  }

  #remove(member: SwimMember): void {
    member.suspicion?.stop();
    member.suspicion = undefined;
    this.#ended.delete(member.id.key);
    if (this.#members.delete(member.id.key)) this.#count[member.status]--;
  }
}

function memberOf(known: Rumour | SwimMember): SwimMember {
  return known instanceof SwimMember ? known : new SwimMember(known);
}

function eventOf({ status, incarnation }: Rumour, known: bigint): StatusEvent | undefined {
  if (incarnation < known) return undefined;
  return incarnation === known ? `${status}.same` : `${status}.newer`;
}
