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

interface NodeInterest {
  readonly node: NodeId;
  readonly pattern: Pattern;
}

/** The interest announced under one literal prefix, and the topics that it is watched for. */
export class PrefixInterest {
  readonly listeners = new Set<InterestListener>();
  readonly #self: NodeId;
  readonly #patterns = new Map<string, NodeInterest>();
  readonly #watch: DirectoryWatch;
  readonly #onMalformed: () => void;
  readonly #onInlets: (node: NodeId, inlets: readonly NodeId[]) => void;

  constructor(
    directory: Directory,
    realm: Realm,
    prefix: string,
    self: NodeId,
    onMalformed: () => void,
    onInlets: (node: NodeId, inlets: readonly NodeId[]) => void,
  ) {
    this.#onInlets = onInlets;
    this.#self = self;
    this.#onMalformed = onMalformed;
    this.#watch = directory.watch(interestKey(realm, prefix), (change) => this.#changed(change));
    for (const entry of this.#watch.entries) this.#put(entry);
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
    if (type === 'removed') this.#remove(entryKey(entry));
    else this.#put(entry);
  }

  /** A renewed entry changes nothing; where its pattern is another, the new one counts before the old one ends. */
  #put(entry: DirectoryEntry): void {
    const { node } = entry;
    if (node.equals(this.#self)) return;
    const key = entryKey(entry);
    const former = this.#patterns.get(key);
    const interest = readInterest(entry.value);
    if (interest === undefined) {
      this.#onMalformed();
      this.#remove(key);
      return;
    }
    const { pattern, inlets } = interest;
    this.#onInlets(node, inlets);
    if (former?.pattern.key === pattern.key) return;
    this.#patterns.set(key, { node, pattern });
    for (const listener of this.listeners) {
      if (pattern.matches(listener.name)) listener.interestAdded(node);
    }
    if (former !== undefined) this.#tellRemoved(former);
  }

  #remove(key: string): void {
    const former = this.#patterns.get(key);
    if (former === undefined) return;
    this.#patterns.delete(key);
    this.#tellRemoved(former);
  }

  #tellRemoved({ node, pattern }: NodeInterest): void {
    for (const listener of this.listeners) {
      if (pattern.matches(listener.name)) listener.interestRemoved(node);
    }
  }
}

function entryKey({ node, id }: DirectoryEntry): string {
  return `${node.key}/${id}`;
}
