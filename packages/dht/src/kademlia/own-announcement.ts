import {
  type Announcement,
  type Clock,
  type ConfirmOptions,
  type DirectoryKey,
  withDeadline,
} from '@macula/core';
import type { SignedRecord } from './record.ts';
import type { Stored } from './storing.ts';

/** What became of storing an announcement. */
export interface StoreReceipt extends Stored {
  /** How many replicas had to confirm: a majority of those responsible. */
  readonly quorum: number;
}

/** An announcement whose replicas can be asked about. */
export interface KademliaAnnouncement extends Announcement {
  /** Resolves when a quorum of the key's replicas holds the latest state. Throws TimeoutError or AbortedError. */
  confirmed(options?: ConfirmOptions): Promise<StoreReceipt>;
}

/** One announcement of this node, and how far its latest state has come. */
export class OwnAnnouncement {
  /** Whether its replicas are looked for over disjoint paths. */
  readonly sensitive: boolean;
  #record: SignedRecord;
  /** Of the latest record, once a quorum has it. */
  #receipt: StoreReceipt | undefined;
  readonly #waiting = new Set<(receipt: StoreReceipt) => void>();
  /** Its replicas do not all hold the latest record. */
  dirty = true;

  constructor(record: SignedRecord, sensitive = false) {
    this.sensitive = sensitive;
    this.#record = record;
  }

  get key(): DirectoryKey {
    return this.#record.key;
  }

  get id(): string {
    return this.#record.id;
  }

  get record(): SignedRecord {
    return this.#record;
  }

  /** Its state has changed. */
  replace(record: SignedRecord): void {
    this.renew(record);
    this.#receipt = undefined;
  }

  /** It is to live longer: who has confirmed its state need not confirm it again. */
  renew(record: SignedRecord): void {
    this.#record = record;
    this.dirty = true;
  }

  /** A quorum holds the latest record. */
  conclude(receipt: StoreReceipt): void {
    this.#receipt = receipt;
    for (const resolve of this.#waiting) resolve(receipt);
    this.#waiting.clear();
  }

  /** Resolves when a quorum holds the latest state. Throws TimeoutError or AbortedError. */
  async confirmed(clock: Clock, options: ConfirmOptions = {}): Promise<StoreReceipt> {
    if (this.#receipt !== undefined) return this.#receipt;
    let settle: (receipt: StoreReceipt) => void = () => undefined;
    const receipt = new Promise<StoreReceipt>((resolve) => {
      settle = resolve;
    });
    this.#waiting.add(settle);
    try {
      const { timeout = 10_000, signal } = options;
      const what = `the confirmation of an announcement under ${this.key.key}`;
      return await withDeadline(clock, receipt, { timeout, signal, what });
    } finally {
      this.#waiting.delete(settle);
    }
  }
}
