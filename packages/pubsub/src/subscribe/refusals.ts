/**
 * The events of one topic that handlers here have refused. Its publisher is told before they are acknowledged, once over each link, as
 * one that has not heard sends them again. What came along a tree is withheld: it counts as handled there only when the publisher,
 * who serves this node straight then, was told.
 */
export class Refusals {
  /** In order. */
  readonly #sequences = new Set<number>();
  #toldUpTo = 0;
  #withheldFrom = Infinity;

  /** Something that came along a tree has yet to be told. */
  get withheld(): boolean {
    return this.#withheldFrom !== Infinity;
  }

  /** Those of which the publisher was not told over the link in use. */
  get untold(): number[] {
    return [...this.#sequences].filter((sequence) => sequence > this.#toldUpTo);
  }

  /** How much of what was handled may be acknowledged along a tree. */
  acknowledgeable(handled: number): number {
    return Math.min(handled, this.#withheldFrom - 1);
  }

  add(sequence: number, alongTree: boolean): void {
    this.#sequences.add(sequence);
    if (alongTree) this.#withheldFrom = Math.min(this.#withheldFrom, sequence);
  }

  told(sequence: number): void {
    this.#toldUpTo = sequence;
  }

  /** It counts as acknowledged if it was not told. */
  forget(sequence: number): void {
    this.#sequences.delete(sequence);
  }

  /** The publisher serves this node straight, and will not send what is up to `base` again. Gives whether anything is to be told. */
  begin(base: number): boolean {
    this.#withheldFrom = Infinity;
    this.#toldUpTo = base;
    for (const sequence of this.#sequences) {
      if (sequence > base) break;
      this.#sequences.delete(sequence);
    }
    return this.#sequences.size > 0;
  }
}
