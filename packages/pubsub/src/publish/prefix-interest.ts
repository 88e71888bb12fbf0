import {
  type Directory,
  type DirectoryChange,
  type DirectoryEntry,
  type DirectoryWatch,
  type NodeId,
  type Realm,
} from '@macula/core';
import { type AnnouncedPattern, interestKey, readInterest } from '../interest-entry.ts';

/** Somebody who wants to know which nodes subscribe to one topic. */
export interface InterestListener {
  readonly name: string;
  /** `inlets`: through whom the node wants to be reached; nobody: directly. */
  interestAdded(node: NodeId, inlets: readonly NodeId[]): void;
  /** An interested node names other inlets than before. */
  inletsChanged(node: NodeId, inlets: readonly NodeId[]): void;
  interestRemoved(node: NodeId): void;
}

interface NodeInterest extends AnnouncedPattern {
  readonly node: NodeId;
}

/** The interest announced under one literal prefix, and the topics that it is watched for. */
export class PrefixInterest {
  readonly listeners = new Set<InterestListener>();
  readonly #self: NodeId;
  readonly #patterns = new Map<string, NodeInterest>();
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
    for (const entry of this.#watch.entries) this.#put(entry);
  }

  /** Resolves when the directory has told all it knows. */
  get ready(): Promise<void> {
    return this.#watch.ready;
  }

  add(listener: InterestListener): void {
    this.listeners.add(listener);
    for (const { node, pattern, inlets } of this.#patterns.values()) {
      if (pattern.matches(listener.name)) listener.interestAdded(node, inlets);
    }
  }

  close(): void {
    this.#watch.close();
  }

  #changed({ type, entry }: DirectoryChange): void {
    if (type === 'removed') this.#remove(entryKey(entry));
    else this.#put(entry);
  }

  /** A renewed entry names inlets; where its pattern is another, the new one counts before the old one ends. */
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
    const isSame = former?.pattern.key === pattern.key;
    this.#patterns.set(key, { node, pattern, inlets });
    for (const listener of this.listeners) {
      if (!pattern.matches(listener.name)) continue;
      if (isSame) listener.inletsChanged(node, inlets);
      else listener.interestAdded(node, inlets);
    }
    if (isSame) return;
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
