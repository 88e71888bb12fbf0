import type { DirectoryKey } from '../directory-key.ts';
import type { NodeId } from '../node-id.ts';

/** What one node has announced under one key. */
export interface DirectoryEntry {
  readonly key: DirectoryKey;
  /** The announcing node. */
  readonly node: NodeId;
  /** Distinguishes several announcements of one node under one key. */
  readonly id: string;
  /** Opaque to the directory; at most 4 KiB. */
  readonly value: Uint8Array;
}

export interface ConfirmOptions {
  /** Milliseconds; default 10,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export interface Announcement {
  /** Replaces the value. */
  update(value: Uint8Array): void;
  /** Removes the entry everywhere. Idempotent. */
  withdraw(): void;
  /**
   * Resolves when enough of those who keep the key's entries have the latest value that a lookup of anybody finds it. Missing where a
   * directory cannot tell. Throws TimeoutError or AbortedError.
   */
  confirmed?(options?: ConfirmOptions): Promise<unknown>;
}

export type DirectoryChange =
  | { readonly type: 'added'; readonly entry: DirectoryEntry }
  | { readonly type: 'updated'; readonly entry: DirectoryEntry }
  | { readonly type: 'removed'; readonly entry: DirectoryEntry };

export interface DirectoryWatch {
  /** What is known now, this node's own entries included. */
  readonly entries: Iterable<DirectoryEntry>;
  /** Resolves once a first lookup has filled `entries`; immediately where every key is held locally. */
  readonly ready: Promise<void>;
  close(): void;
}

export interface LookupOptions {
  /** Milliseconds; default 5,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** Who offers what: the distributed map from keys to sets of announced entries. */
export interface Directory {
  /** Announces `value` under `key` in this node's name until withdrawn; renewed as long as the node lives. */
  announce(key: DirectoryKey, value: Uint8Array): Announcement;
  lookup(key: DirectoryKey, options?: LookupOptions): Promise<readonly DirectoryEntry[]>;
  /** Calls `onChange` for every change after this call; what is known at the call is in `entries`. */
  watch(key: DirectoryKey, onChange: (change: DirectoryChange) => void): DirectoryWatch;
}
