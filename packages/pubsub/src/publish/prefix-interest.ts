import {
  type Directory,
  type DirectoryChange,
  type DirectoryEntry,
  type DirectoryWatch,
  type NodeId,
  type Pattern,
  type Realm,
} from '@macula/core';
import { interestKey, readInterest } from '../interest-entry.ts';

/** Somebody who wants to know which nodes subscribe to one topic. */
export interface InterestListener {
  readonly name: string;
  interestAdded(node: NodeId): void;
  interestRemoved(node: NodeId): void;
}

/** The interest announced under one literal prefix, and the topics that it is watched for. */
export class PrefixInterest {
  readonly listeners = new Set<InterestListener>();
  readonly #self: NodeId;
  readonly #patterns = new Map<string, { node: NodeId; pattern: Pattern }>();
  readonly #watch: DirectoryWatch;
  readonly #onMalformed: () => void;

  constructor(
    directory: Directory,
    realm: Realm,
    prefix: string,
    self: NodeId,
    onMalformed: () => void,
  ) {
    this.#self = self;
    this.#onMalformed = onMalformed;
    this.#watch = directory.watch(interestKey(realm, prefix), (change) => this.#changed(change));
    for (const entry of this.#watch.entries) this.#add(entry);
  }

  /** Resolves when the directory has told all it knows. */
  get ready(): Promise<void> {
    return this.#watch.ready;
  }

  add(listener: InterestListener): void {
    this.listeners.add(listener);
    for (const { node, pattern } of this.#patterns.values()) {
      if (pattern.matches(listener.name)) listener.interestAdded(node);
    }
  }

  close(): void {
    this.#watch.close();
  }

  #changed({ type, entry }: DirectoryChange): void {
    if (type !== 'added') this.#remove(entry);
    if (type !== 'removed') this.#add(entry);
  }

  #add(entry: DirectoryEntry): void {
    const key = entryKey(entry);
    if (entry.node.equals(this.#self) || this.#patterns.has(key)) return;
    const pattern = readInterest(entry.value);
    if (pattern === undefined) {
      this.#onMalformed();
      return;
    }
    const { node } = entry;
    this.#patterns.set(key, { node, pattern });
    for (const listener of this.listeners) {
      if (pattern.matches(listener.name)) listener.interestAdded(node);
    }
  }

  #remove(entry: DirectoryEntry): void {
    const key = entryKey(entry);
    const known = this.#patterns.get(key);
    if (known === undefined) return;
    this.#patterns.delete(key);
    for (const listener of this.listeners) {
      if (known.pattern.matches(listener.name)) listener.interestRemoved(known.node);
    }
  }
}

function entryKey({ node, id }: DirectoryEntry): string {
  return `${node.key}/${id}`;
}
