/** How much of a home's experience the last hour is. A third forgets the night within a morning. */
const weight = 1 / 3;

/** What a home expects to trade with the grid in an hour: an exponentially weighted mean of what it did. */
export class ExpectedTrade {
  #importWh = 500;
  #exportWh = 0;

  /** Wh that will come from the grid. A home begins with a guess. */
  get importWh(): number {
    return this.#importWh;
  }

  /** Wh that will go to the grid. */
  get exportWh(): number {
    return this.#exportWh;
  }

  learn(importWh: number, exportWh: number): void {
    this.#importWh += weight * (importWh - this.#importWh);
    this.#exportWh += weight * (exportWh - this.#exportWh);
  }
}
