/** A change of a store: everything in it happens, or nothing. */
export interface StoreBatch {
  readonly put: readonly (readonly [key: string, value: Uint8Array])[];
  readonly remove: readonly string[];
}

/**
 * Where a replica keeps its documents: an ordered map from strings to bytes with atomic writes. One
 * replica uses a store at a time.
 */
export interface Store {
  /** Entries whose keys begin with `prefix`, in the order of their UTF-8 bytes. */
  read(prefix: string): AsyncIterable<readonly [key: string, value: Uint8Array]>;
  /**
   * Resolves when the whole batch is on stable storage; after a crash before that, all of it or none is
   * there. Batches take effect in the order of the calls. The caller does not change `batch` any more.
   */
  write(batch: StoreBatch): Promise<void>;
  /** Idempotent. */
  close(): Promise<void>;
}
