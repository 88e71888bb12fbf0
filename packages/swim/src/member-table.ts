import type { KnownMember } from './known-member.ts';

/**
 * All nodes that this node knows of, within two bounds of `capacity` each: members (alive or suspect), and
 * the rest (candidates, failed and left ones). First-hand members are never displaced; of the rest, what
 * is worth least gives way.
 */
export class MemberTable {
  readonly #capacity: number;
  readonly #byKey = new Map<string, KnownMember>();
  readonly #onEvicted: (member: KnownMember) => void;

  constructor(capacity: number, onEvicted: (member: KnownMember) => void) {
    this.#capacity = capacity;
    this.#onEvicted = onEvicted;
  }

  get(key: string): KnownMember | undefined {
    return this.#byKey.get(key);
  }

  all(): Iterable<KnownMember> {
    return this.#byKey.values();
  }

  *present(): Iterable<KnownMember> {
    for (const member of this.#byKey.values()) if (member.present) yield member;
  }

  count(matches: (member: KnownMember) => boolean): number {
    let count = 0;
    for (const member of this.#byKey.values()) if (matches(member)) count++;
    return count;
  }

  /** Whether one more member may be alive. */
  get hasRoomForMember(): boolean {
    return this.count((member) => member.present) < this.#capacity;
  }

  /** Whether one more candidate may be taken, after displacing what is worth less. */
  makeRoomForCandidate(): boolean {
    if (this.count((member) => !member.present) < this.#capacity) return true;
    const victim = this.#leastWorth();
    if (victim === undefined) return false;
    this.remove(victim);
    return true;
  }

  /** Displaces whatever exceeds the bound of the rest after `arrival` has moved there. */
  trim(arrival: KnownMember): void {
    while (this.count((member) => !member.present) > this.#capacity) {
      const victim = this.#leastWorth(arrival) ?? this.#oldestAbsent(arrival);
      if (victim === undefined) return;
      this.remove(victim);
    }
  }

  add(member: KnownMember): void {
    this.#byKey.set(member.id.key, member);
  }

  remove(member: KnownMember): void {
    if (this.#byKey.delete(member.id.key)) this.#onEvicted(member);
  }

  clear(): void {
    for (const member of [...this.#byKey.values()]) this.remove(member);
  }

  /** The oldest that has left; else the candidate that was dialled in vain most often, at least three times. */
  #leastWorth(spared?: KnownMember): KnownMember | undefined {
    let worst: KnownMember | undefined;
    for (const member of this.#byKey.values()) {
      if (member === spared) continue;
      if (member.lifecycle.state === 'left') return member;
      const vain = member.lifecycle.state === 'candidate' ? member.dial.failures : 0;
      if (vain >= 3 && vain > (worst?.dial.failures ?? 0)) worst = member;
    }
    return worst;
  }

  #oldestAbsent(spared: KnownMember): KnownMember | undefined {
    for (const member of this.#byKey.values()) {
      if (member !== spared && !member.present) return member;
    }
    return undefined;
  }
}
