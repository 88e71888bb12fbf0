/** A home's battery. Energies are in whole watt-hours at its terminals, since an hour's mean watts are watt-hours. */
export interface BatterySpec {
  readonly capacityWh: number;
  /** Limit of charging and of discharging, W. */
  readonly powerW: number;
}

/** What a battery did in an hour. At most one of the two is not zero. */
export interface BatteryFlow {
  readonly chargedWh: number;
  readonly dischargedWh: number;
}

/**
 * Per cent of the energy charged that can be discharged again: the data set's batteries have a round trip of 90 %.
 * All of the loss is booked when charging, so that the account stays in whole hundredths of a watt-hour and exact.
 */
export const roundTripPercent = 90;

/** A battery and what is stored in it. */
export class Battery {
  readonly #capacityCentiWh: number;
  readonly #powerWh: number;
  #storedCentiWh = 0;

  constructor({ capacityWh, powerW }: BatterySpec) {
    this.#capacityCentiWh = Math.floor(capacityWh * 100);
    this.#powerWh = Math.floor(powerW);
  }

  /** Energy that discharging would give, Wh. */
  get storedWh(): number {
    return this.#storedCentiWh / 100;
  }

  /**
   * One hour of self-consumption: takes what it can of a surplus (positive, Wh), gives what it can to a deficit
   * (negative), within its power and capacity.
   */
  dispatch(surplusWh: number): BatteryFlow {
    return surplusWh >= 0
      ? { chargedWh: this.#charge(surplusWh), dischargedWh: 0 }
      : { chargedWh: 0, dischargedWh: this.#discharge(-surplusWh) };
  }

  #charge(offeredWh: number): number {
    const room = Math.floor((this.#capacityCentiWh - this.#storedCentiWh) / roundTripPercent);
    const chargedWh = Math.min(offeredWh, this.#powerWh, room);
    this.#storedCentiWh += chargedWh * roundTripPercent;
    return chargedWh;
  }

  #discharge(neededWh: number): number {
    const dischargedWh = Math.min(neededWh, this.#powerWh, Math.floor(this.#storedCentiWh / 100));
    this.#storedCentiWh -= dischargedWh * 100;
    return dischargedWh;
  }
}
