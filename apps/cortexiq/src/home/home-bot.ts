import type { Offer } from '../provider/offer.ts';
import { Battery, type BatterySpec } from './battery.ts';
import type { Contract } from './contract.ts';
import { ExpectedTrade } from './expected-trade.ts';
import { bestOffer } from './offer-choice.ts';

export interface HomeBotOptions {
  readonly id: string;
  readonly battery: BatterySpec;
  /** The shortest contract that these people care to sign, hours. */
  readonly leastTermHours: number;
}

/** What a home measured in an hour. Mean watts over the hour, which are as many watt-hours. */
export interface Measurement {
  readonly hour: number;
  readonly productionW: number;
  readonly consumptionW: number;
  readonly gridImportW: number;
  readonly gridExportW: number;
  /** Into the battery; out of it when negative. */
  readonly batteryW: number;
  /** Stored in the battery at the end of the hour. */
  readonly batteryWh: number;
}

/** A contract that was just signed, and whose place it takes. */
export interface Signing {
  readonly contract: Contract;
  readonly previousProviderId: string | undefined;
}

/** One home: its meter, its battery, its contract. Knows nothing of the mesh. */
export class HomeBot {
  readonly id: string;
  readonly batterySpec: BatterySpec;
  readonly #battery: Battery;
  readonly #leastTermHours: number;
  readonly #trade = new ExpectedTrade();
  #contract: Contract | undefined;
  #signed = 0;
  #last: Measurement | undefined;

  constructor({ id, battery, leastTermHours }: HomeBotOptions) {
    this.id = id;
    this.batterySpec = battery;
    this.#leastTermHours = leastTermHours;
    this.#battery = new Battery(battery);
  }

  get contract(): Contract | undefined {
    return this.#contract;
  }

  get lastMeasurement(): Measurement | undefined {
    return this.#last;
  }

  /** Signs the best offer that lasts long enough, or the best of all where none does, if its contract has ended. */
  choose(hour: number, offers: readonly Offer[]): Signing | undefined {
    if (this.#contract !== undefined && hour < this.#contract.endsBefore) return undefined;
    const lasting = offers.filter(({ termHours }) => termHours >= this.#leastTermHours);
    const offer = bestOffer(this.#trade, lasting) ?? bestOffer(this.#trade, offers);
    if (offer === undefined) return undefined;
    return this.#sign({ ...offer, endsBefore: hour + offer.termHours });
  }

  /** Takes an offer made to it alone, if that is cheaper than what it has; the rest of its contract stays. */
  consider(providerId: string, rate: number): Signing | undefined {
    const current = this.#contract;
    if (current === undefined || rate >= current.rate) return undefined;
    return this.#sign({ ...current, providerId, rate });
  }

  /** Lives through an hour: the battery serves the home first, the grid takes and gives the rest. */
  measure(hour: number, productionW: number, consumptionW: number): Measurement {
    const surplus = productionW - consumptionW;
    const { chargedWh, dischargedWh } = this.#battery.dispatch(surplus);
    const net = surplus - chargedWh + dischargedWh;
    const measurement: Measurement = {
      hour,
      productionW,
      consumptionW,
      gridImportW: Math.max(-net, 0),
      gridExportW: Math.max(net, 0),
      batteryW: chargedWh - dischargedWh,
      batteryWh: this.#battery.storedWh,
    };
    this.#trade.learn(measurement.gridImportW, measurement.gridExportW);
    this.#last = measurement;
    return measurement;
  }

  #sign(terms: Omit<Contract, 'contractId'>): Signing {
    const previousProviderId = this.#contract?.providerId;
    this.#signed++;
    const { providerId, rate, feedInRate, endsBefore } = terms;
    const contractId = `${this.id}-${this.#signed}`;
    this.#contract = { contractId, providerId, rate, feedInRate, endsBefore };
    return { contract: this.#contract, previousProviderId };
  }
}
