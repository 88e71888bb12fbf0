import type { Timer, TimerWheel } from '@macula/core';
import { Fifo } from '../../fifo.ts';
import { keptSize } from '../parcel.ts';
import type { Publication } from '../publication.ts';
import type { Debtors, Obligation } from '../receipt.ts';

/** One publication that was sent down a tree and that not all have acknowledged. */
export class TreeObligation implements Obligation {
  readonly publication: Publication;
  readonly size: number;
  /** It is not to be sent again. */
  done = false;
  timer: Timer | undefined;
  readonly #debtors: (sequence: number) => Debtors;

  constructor(publication: Publication, debtors: (sequence: number) => Debtors) {
    this.publication = publication;
    this.size = keptSize(publication);
    this.#debtors = debtors;
  }

  get debtors(): Debtors {
    return this.#debtors(this.publication.sequence);
  }

  withdraw(): void {
    this.done = true;
    this.timer?.cancel();
  }
}

export interface TreeWindowDeps {
  readonly wheel: TimerWheel;
  readonly now: () => number;
  /** Who has not acknowledged the event of that sequence. */
  readonly debtors: (sequence: number) => Debtors;
}

/** What was sent down a topic's trees under quality of service 1 and is not acknowledged by all: kept once, whatever their number. */
export class TreeWindow {
  readonly #deps: TreeWindowDeps;
  readonly #entries = new Fifo<TreeObligation>();
  bytes = 0;

  constructor(deps: TreeWindowDeps) {
    this.#deps = deps;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** The first sequence that is missing an acknowledgement. */
  get first(): number | undefined {
    return this.#entries.first?.publication.sequence;
  }

  keep(publication: Publication): void {
    this.#entries.push(this.#expect(publication));
  }

  /** Takes over what was sent otherwise, at its place in the order. */
  merge(publications: readonly Publication[]): void {
    const known = new Set([...this.#entries].map(({ publication }) => publication));
    const all = [...this.#entries];
    for (const publication of new Set(publications)) {
      if (!known.has(publication)) all.push(this.#expect(publication));
    }
    all.sort((a, b) => a.publication.sequence - b.publication.sequence);
    this.#entries.clear();
    for (const entry of all) this.#entries.push(entry);
  }

  /** Everybody has handled everything up to `sequence`. False when nothing waited for that. */
  acknowledge(sequence: number): boolean {
    let any = false;
    for (let entry = this.#entries.first; entry !== undefined; entry = this.#entries.first) {
      if (entry.publication.sequence > sequence) break;
      this.#entries.shift();
      this.bytes -= entry.size;
      entry.timer?.cancel();
      entry.publication.receipt?.settled(entry);
      any = true;
    }
    return any;
  }

  /** The publication of that sequence, while not all have acknowledged it. */
  find(sequence: number): Publication | undefined {
    for (const { publication } of this.#entries) {
      if (publication.sequence === sequence) return publication;
    }
    return undefined;
  }

  /** What has to be sent again to somebody who has acknowledged up to `sequence`. */
  after(sequence: number): Publication[] {
    return [...this.#entries]
      .filter(({ publication, done }) => !done && publication.sequence > sequence)
      .map(({ publication }) => publication);
  }

  /** Forgets everything: others see to it now. */
  clear(): void {
    this.acknowledge(Infinity);
  }

  #expect(publication: Publication): TreeObligation {
    const entry = new TreeObligation(publication, this.#deps.debtors);
    publication.receipt?.expect(entry);
    this.bytes += entry.size;
    if (publication.expiresAt === Infinity) return entry;
    const left = Math.max(0, publication.expiresAt - this.#deps.now());
    entry.timer = this.#deps.wheel.schedule(() => {
      entry.done = true;
      publication.receipt?.failed(entry, 'expired');
    }, left);
    return entry;
  }
}
