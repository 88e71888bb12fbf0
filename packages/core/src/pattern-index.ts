import type { Unsubscribe } from './contracts/unsubscribe.ts';
import type { Pattern } from './pattern.ts';
import { SegmentTrie } from './segment-trie.ts';

/** One added value: an object of its own, so that a value added twice is held twice. */
interface Slot<T> {
  readonly value: T;
}

/**
 * Finds the values whose patterns match a topic. What a match costs depends on the topic's length and on what
 * matches, not on how many other patterns there are: exact patterns are found by one hash lookup, prefix
 * patterns by one per distinct prefix length, wildcards in a trie over segments.
 */
export class PatternIndex<T> {
  readonly #exact = new Map<string, Set<Slot<T>>>();
  readonly #prefixes = new Map<string, Set<Slot<T>>>();
  /** How many different prefixes there are of each length. */
  readonly #prefixLengths = new Map<number, number>();
  readonly #wildcards = new SegmentTrie<Slot<T>>();
  #size = 0;

  /** How many values the index holds. */
  get size(): number {
    return this.#size;
  }

  /** Adds `value` under `pattern` until the returned function is called. A value added twice is found twice. */
  add(pattern: Pattern, value: T): Unsubscribe {
    const slot: Slot<T> = { value };
    this.#insert(pattern, slot);
    this.#size++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#size--;
      this.#remove(pattern, slot);
    };
  }

  /** The values whose patterns match `topic`, in no particular order. */
  match(topic: string): T[] {
    const found: T[] = [];
    collect(this.#exact.get(topic), found);
    for (const length of this.#prefixLengths.keys()) {
      if (length <= topic.length) collect(this.#prefixes.get(topic.slice(0, length)), found);
    }
    if (!this.#wildcards.isEmpty) this.#wildcards.visit(topic, (slots) => collect(slots, found));
    return found;
  }

  #insert(pattern: Pattern, slot: Slot<T>): void {
    switch (pattern.match) {
      case 'exact':
        insert(this.#exact, pattern.text, slot);
        break;
      case 'prefix':
        if (insert(this.#prefixes, pattern.text, slot)) this.#countPrefix(pattern.text.length, 1);
        break;
      case 'wildcard':
        this.#wildcards.add(pattern.segments, slot);
    }
  }

  #remove(pattern: Pattern, slot: Slot<T>): void {
    switch (pattern.match) {
      case 'exact':
        remove(this.#exact, pattern.text, slot);
        break;
      case 'prefix':
        if (remove(this.#prefixes, pattern.text, slot)) this.#countPrefix(pattern.text.length, -1);
        break;
      case 'wildcard':
        this.#wildcards.remove(pattern.segments, slot);
    }
  }

  #countPrefix(length: number, by: number): void {
    const count = (this.#prefixLengths.get(length) ?? 0) + by;
    if (count === 0) this.#prefixLengths.delete(length);
    else this.#prefixLengths.set(length, count);
  }
}

function collect<T>(slots: ReadonlySet<Slot<T>> | undefined, found: T[]): void {
  if (slots !== undefined) for (const slot of slots) found.push(slot.value);
}

/** True when `key` is new. */
function insert<T>(map: Map<string, Set<T>>, key: string, member: T): boolean {
  const members = map.get(key);
  if (members === undefined) map.set(key, new Set([member]));
  else members.add(member);
  return members === undefined;
}

/** True when `key` is gone with its last member. */
function remove<T>(map: Map<string, Set<T>>, key: string, member: T): boolean {
  const members = map.get(key);
  members?.delete(member);
  return members?.size === 0 && map.delete(key);
}
