import {
  InvalidArgumentError,
  LimitExceededError,
  type Logger,
  NotRunningError,
} from '@macula/core';
import type { ReplicatedType } from '../crdt.ts';
import { DamagedStoreError, DocumentTypeError } from '../errors.ts';
import type { HybridClock } from '../hybrid-clock.ts';
import { Document, type DocumentHost } from './document.ts';
import type { Journal, StoredDocument } from './journal.ts';
import type { ReplicaSettings } from './replica-options.ts';

const longestName = 256;

export interface DocumentTableParts {
  readonly settings: ReplicaSettings;
  readonly clock: HybridClock;
  readonly logger: Logger;
  readonly journal: Journal | undefined;
  /** A change is stored, where there is a store. */
  readonly stored: (document: Document, delta: unknown, bytes: number, from?: string) => void;
  /** The store failed: nothing may be told to peers any more. */
  readonly failed: (error: unknown) => void;
}

/** The documents of a replica by name, those that are open and those that the store has and nobody opened yet. */
export class DocumentTable implements DocumentHost {
  writer = '';
  running = false;
  /** Grows with every change of any document. */
  revision = 0;
  readonly clock: HybridClock;
  private readonly parts: DocumentTableParts;
  private readonly open = new Map<string, Document>();
  private readonly unopened = new Map<string, StoredDocument>();

  constructor(parts: DocumentTableParts) {
    this.parts = parts;
    this.clock = parts.clock;
  }

  get size(): number {
    return this.open.size;
  }

  all(): IterableIterator<Document> {
    return this.open.values();
  }

  /** Takes what the store has; opens what is of a type that opens by itself. Throws DamagedStoreError. */
  load(documents: Iterable<StoredDocument>): void {
    for (const stored of documents) {
      this.unopened.set(stored.name, stored);
      const type = this.parts.settings.types.find(({ name }) => name === stored.type);
      if (type !== undefined) this.get(stored.name, type);
    }
  }

  /** The document, opened when it was not. Throws DocumentTypeError, LimitExceededError, DamagedStoreError, InvalidArgumentError. */
  get<State, Value>(name: string, type: ReplicatedType<State, Value>): Document<State, Value> {
    const known = this.open.get(name);
    const typeName = known?.type.name ?? this.unopened.get(name)?.type ?? type.name;
    if (typeName !== type.name) {
      throw new DocumentTypeError(
        `document ${JSON.stringify(name)} is a ${typeName}, not a ${type.name}`,
      );
    }
    if (known !== undefined) return known as Document<State, Value>;
    checkName(name);
    const { maxDocuments, bufferBytes } = this.parts.settings;
    if (this.open.size >= maxDocuments) {
      throw new LimitExceededError(
        `there are ${maxDocuments} documents already: raise maxDocuments`,
      );
    }
    const state = this.restored(name, type);
    const document = new Document(name, type, state, bufferBytes, this);
    this.revision++;
    this.open.set(name, document as Document);
    this.unopened.delete(name);
    return document;
  }

  /** The document that a peer names: one that is open, or that opens by itself. */
  find(name: string, typeName: string): Document | undefined {
    const known = this.open.get(name);
    if (known !== undefined) return known.type.name === typeName ? known : undefined;
    const type = this.parts.settings.types.find((each) => each.name === typeName);
    if (type === undefined || !isName(name) || this.open.size >= this.parts.settings.maxDocuments) {
      return undefined;
    }
    return (this.unopened.get(name)?.type ?? typeName) === typeName
      ? (this.get(name, type) as Document)
      : undefined;
  }

  async merged(
    document: Document,
    delta: unknown,
    bytes: Uint8Array,
    from?: string,
  ): Promise<void> {
    const { journal, stored, failed } = this.parts;
    this.revision++;
    if (journal === undefined) {
      stored(document, delta, bytes.length, from);
      return;
    }
    const { name, type } = document;
    try {
      await journal.append(name, type, bytes, () => type.encode(document.state));
    } catch (error) {
      failed(error);
      throw error;
    }
    stored(document, delta, bytes.length, from);
  }

  listenerFailed(name: string, error: unknown): void {
    this.parts.logger.error({ err: error, document: name }, 'a change listener threw');
  }

  assertRunning(): void {
    if (!this.running) throw new NotRunningError('the replica is not running: call start() first');
  }

  private restored<State, Value>(name: string, type: ReplicatedType<State, Value>): State {
    const stored = this.unopened.get(name);
    try {
      return (stored?.parts ?? [])
        .map((bytes) => type.decode(bytes))
        .reduce((a, b) => type.merge(a, b), type.empty);
    } catch (error) {
      throw new DamagedStoreError(
        `the store's document ${JSON.stringify(name)} is no ${type.name}: remove the store, and peers will fill it again; or restore it from a copy, and start once with renewWriter`,
        { cause: error },
      );
    }
  }
}

function checkName(name: string): void {
  if (isName(name)) return;
  throw new InvalidArgumentError(
    `a document's name has 1 to ${longestName} characters, got ${JSON.stringify(String(name).slice(0, 80))}`,
  );
}

function isName(name: unknown): boolean {
  return (
    typeof name === 'string' && name.length > 0 && name.length <= longestName && name.isWellFormed()
  );
}
