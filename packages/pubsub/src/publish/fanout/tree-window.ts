import type { NodeId, Timer, TimerWheel } from '@macula/core';
import { Fifo } from '../../fifo.ts';
import type { Publication } from '../publication.ts';
import type { Obligation } from '../receipt.ts';

/** One publication that was sent down a tree and that not all have acknowledged. */
export class TreeObligation implements Obligation {
  readonly publication: Publication;
  readonly size: number;
  /** It is not to be sent again. */
  done = false;
  timer: Timer | undefined;
  readonly #debtors: () => readonly NodeId[];

  constructor(publication: Publication, debtors: () => readonly NodeId[]) {
    this.publication = publication;
    this.size = publication.payload.length + 128;
    this.#debtors = debtors;
  }

  get debtors(): readonly NodeId[] {
    return this.#debtors();
  }

  withdraw(): void {
    this.done = true;
    this.timer?.cancel();
  }
}

export interface TreeWindowDeps {
  readonly wheel: TimerWheel;
  readonly now: () => number;
  /** Who holds the tree up. */
  readonly debtors: () => readonly NodeId[];
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
