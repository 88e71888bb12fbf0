import type { Random } from '@macula/core';
import { DamagedStoreError, StoreFailedError } from '../errors.ts';
import type { AnyType, ReplicaSettings } from './replica-options.ts';
import type { Store } from './store.ts';
import { openRecord, sealRecord } from './stored-record.ts';

/** What a store knows of a document. */
export interface StoredDocument {
  readonly name: string;
  /** Name of its type. */
  readonly type: string;
  /** Encoded states whose merge is the document. */
  readonly parts: Uint8Array[];
}

interface Pending {
  readonly put: Map<string, Uint8Array>;
  readonly remove: Set<string>;
  readonly done: Promise<void>;
  readonly settle: (error?: Error) => void;
}

interface Stored {
  /** Keys of the deltas since the last compaction. */
  deltas: string[];
  deltaBytes: number;
  stateBytes: number;
  sequence: number;
}

const writerKey = 'replica/writer';
const openKey = 'replica/open';

/**
 * Writes documents to a store as a state and the deltas since. Changes that come while a batch is being
 * written go into the next one together, so that one flush of the disk serves many.
 *
 * A replica that was not closed may have told peers of events that it lost, and would give their
 * dots to others; so it goes on under a new writer ID.
 */
export class Journal {
  private readonly store: Store;
  private readonly compactAfter: number;
  private readonly renewWriter: boolean;
  private readonly documents = new Map<string, Stored>();
  private waiting: Pending | undefined;
  private writing: Promise<void> | undefined;
  private failure: StoreFailedError | undefined;

  constructor(
    store: Store,
    { compactAfter, renewWriter }: Pick<ReplicaSettings, 'compactAfter' | 'renewWriter'>,
  ) {
    this.store = store;
    this.compactAfter = compactAfter;
    this.renewWriter = renewWriter;
  }

  /** Reads everything and marks the store as in use. Throws DamagedStoreError, StoreFailedError. */
  async open(random: Random): Promise<{ writer: string; documents: StoredDocument[] }> {
    const documents = new Map<string, StoredDocument>();
    let writer: string | undefined;
    let unclean = false;
    try {
      for await (const [key, value] of this.store.read('')) {
        if (key === writerKey) writer = Buffer.from(openRecord(key, value)).toString();
        else if (key === openKey) unclean = true;
        else if (key.startsWith('document/')) this.take(documents, key, openRecord(key, value));
      }
    } catch (error) {
      throw error instanceof DamagedStoreError ? error : failed('read', error);
    }
    if (writer === undefined || unclean || this.renewWriter) writer = freshWriter(random);
    await this.write([
      [writerKey, Buffer.from(writer)],
      [openKey, new Uint8Array(0)],
    ]);
    return { writer, documents: [...documents.values()] };
  }

  /**
   * Resolves when the delta is stored. `state` gives the document's whole state, should it be time to compact: when deltas
   * are many, and half as long as the state, so that writing states stays in proportion.
   */
  append(name: string, type: AnyType, delta: Uint8Array, state: () => Uint8Array): Promise<void> {
    const stored = this.storedOf(name);
    const grown =
      stored.deltas.length >= this.compactAfter && stored.deltaBytes >= stored.stateBytes / 2;
    if (stored.sequence === 0 || grown) {
      const encoded = state();
      const remove = stored.deltas;
      stored.deltas = [];
      stored.deltaBytes = 0;
      stored.stateBytes = encoded.length;
      stored.sequence = Math.max(1, stored.sequence);
      return this.write([[stateKey(name), stateRecord(type.name, encoded)]], remove);
    }
    const key = deltaKey(name, stored.sequence++);
    stored.deltas.push(key);
    stored.deltaBytes += delta.length;
    return this.write([[key, delta]]);
  }

  /** Resolves when everything written before is stored. */
  async flush(): Promise<void> {
    while (this.waiting !== undefined || this.writing !== undefined) {
      await (this.waiting?.done ?? this.writing);
    }
    if (this.failure !== undefined) throw this.failure;
  }

  /** Marks the store as closed properly, and closes it. */
  async close(): Promise<void> {
    if (this.failure === undefined) {
      await this.write([], [openKey]);
      await this.flush();
    }
    await this.store.close();
  }

  private write(
    put: readonly (readonly [string, Uint8Array])[],
    remove: readonly string[] = [],
  ): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    const pending = (this.waiting ??= newPending());
    for (const [key, body] of put) {
      pending.remove.delete(key);
      pending.put.set(key, sealRecord(body));
    }
    for (const key of remove) {
      pending.put.delete(key);
      pending.remove.add(key);
    }
    this.writing ??= this.drain();
    return pending.done;
  }

  private async drain(): Promise<void> {
    // Changes of this turn of the event loop belong together.
    await Promise.resolve();
    while (this.waiting !== undefined) {
      const { put, remove, settle } = this.waiting;
      this.waiting = undefined;
      try {
        if (this.failure !== undefined) throw this.failure;
        await this.store.write({ put: [...put], remove: [...remove] });
        settle();
      } catch (error) {
        this.failure ??= failed('write', error);
        settle(this.failure);
      }
    }
    this.writing = undefined;
  }

  private take(documents: Map<string, StoredDocument>, key: string, body: Uint8Array): void {
    const [, encodedName = '', rest = ''] = key.split('/');
    const name = nameOf(key, encodedName);
    if (rest === 'state') {
      const { type, state } = readStateRecord(key, body);
      documents.set(name, { name, type, parts: [state] });
      const stored = this.storedOf(name);
      stored.sequence = 1;
      stored.stateBytes = state.length;
      return;
    }
    // Keys are in order: a delta never comes before the last of earlier deltas, but before `state`.
    const stored = this.storedOf(name);
    stored.deltas.push(key);
    stored.deltaBytes += body.length;
    stored.sequence = Number.parseInt(rest.slice(1), 16) + 1;
    const document = documents.get(name);
    if (document === undefined) {
      throw new DamagedStoreError(`the store has changes of ${JSON.stringify(name)} but no state`);
    }
    document.parts.push(Uint8Array.from(body));
  }

  private storedOf(name: string): Stored {
    let stored = this.documents.get(name);
    if (stored === undefined) this.documents.set(name, (stored = newStored()));
    return stored;
  }
}

function newStored(): Stored {
  return { deltas: [], deltaBytes: 0, stateBytes: 0, sequence: 0 };
}

/** 128 random bits: no two replicas ever write under one ID. */
export function freshWriter(random: Random): string {
  return Buffer.from(random.bytes(16)).toString('base64url');
}

// Deltas sort after the state: '~' comes after 's'.
function stateKey(name: string): string {
  return `document/${encodeURIComponent(name)}/state`;
}

function deltaKey(name: string, sequence: number): string {
  return `document/${encodeURIComponent(name)}/~${sequence.toString(16).padStart(13, '0')}`;
}

/** Throws DamagedStoreError. */
function nameOf(key: string, encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    throw new DamagedStoreError(`the store's key ${JSON.stringify(key)} names no document`, {
      cause,
    });
  }
}

function stateRecord(type: string, state: Uint8Array): Uint8Array {
  const name = Buffer.from(type);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(name.length);
  return Buffer.concat([length, name, state]);
}

function readStateRecord(key: string, body: Uint8Array): { type: string; state: Uint8Array } {
  const bytes = Buffer.from(body);
  const end = bytes.length < 2 ? bytes.length + 1 : 2 + bytes.readUInt16BE(0);
  if (end > bytes.length) throw new DamagedStoreError(`the store's record ${key} is too short`);
  return { type: bytes.toString('utf8', 2, end), state: bytes.subarray(end) };
}

function newPending(): Pending {
  const { promise, resolve, reject } = withResolvers();
  const settle = (error?: Error): void => (error === undefined ? resolve() : reject(error));
  // Whoever does not wait for a write still learns of its failure: the replica stops exchanging.
  promise.catch(() => undefined);
  return { put: new Map(), remove: new Set(), done: promise, settle };
}

function withResolvers(): {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: Error) => void;
} {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((accept, refuse) => {
    resolve = accept;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

function failed(what: string, cause: unknown): StoreFailedError {
  return new StoreFailedError(`the store could not ${what}: ${String(cause)}`, { cause });
}
