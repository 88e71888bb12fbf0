import type { HomeTotals, SystemTotals } from '../messages/calls.ts';
import type { ContractSigned, Measured, TimeAdvanced } from '../messages/events.ts';
import { ContractBook } from './contract-book.ts';
import { EnergyAccount, type GridConditions } from './energy-account.ts';
import { LatencyHistogram } from './latency-histogram.ts';

export interface ProjectionOptions {
  /** How many homes the street has. */
  readonly homes: number;
  /** The first hour. */
  readonly from: number;
}

/**
 * The street's books: totals of the system and of each home, from what was published. Hours come one after the other: the
 * clock goes on only when every home of an hour is booked, so one hour is open at a time.
 */
export class Projection {
  readonly #homes: number;
  readonly #from: number;
  readonly #system = new EnergyAccount();
  readonly #accounts = new Map<string, EnergyAccount>();
  readonly #contracts: ContractBook;
  readonly #latency = new LatencyHistogram();
  /** Measurements of the open hour, until it is known what the grid was like in it. */
  #unbooked: Measured[] = [];
  #seen = new Set<string>();
  #grid: GridConditions | undefined;
  #clock: TimeAdvanced | undefined;
  #openHour: number;
  #received = 0;
  #duplicates = 0;
  #refused = 0;

  constructor({ homes, from }: ProjectionOptions) {
    this.#homes = homes;
    this.#from = from;
    this.#openHour = from;
    this.#contracts = new ContractBook(homes);
  }

  /** The clock shows this hour. True when every measurement of it is booked, now or already. */
  timeAdvanced(time: TimeAdvanced): boolean {
    if (time.hour_index !== this.#openHour) return time.hour_index < this.#openHour;
    this.#clock = time;
    this.#grid = { priceUsdPerKwh: time.price_usd_per_kwh, carbonKgPerKwh: time.carbon_kg_per_kwh };
    for (const measured of this.#unbooked.splice(0)) this.#book(measured, this.#grid);
    return this.#completed();
  }

  /**
   * A home was measured, and the message took so long. True when it was the last one of its hour. What is booked already
   * is a duplicate; what is of another street or of an hour to come is refused.
   */
  measured(measured: Measured, latencyMs: number): boolean {
    this.#received++;
    this.#latency.add(latencyMs);
    const { home_id: home, hour_index: hour } = measured;
    if (hour < this.#openHour || this.#seen.has(home)) {
      this.#duplicates++;
      return false;
    }
    if (hour > this.#openHour || this.#isStranger(home)) {
      this.#refused++;
      return false;
    }
    this.#seen.add(home);
    if (this.#grid === undefined) this.#unbooked.push(measured);
    else this.#book(measured, this.#grid);
    return this.#completed();
  }

  contractSigned(signed: ContractSigned): void {
    this.#contracts.add(signed);
  }

  systemTotals(): SystemTotals {
    return {
      ...this.#system.totals(),
      homes: this.#accounts.size,
      hours_completed: this.#openHour - this.#from,
      hour_index: this.#clock?.hour_index ?? null,
      price_usd_per_kwh: this.#clock?.price_usd_per_kwh ?? 0,
      carbon_kg_per_kwh: this.#clock?.carbon_kg_per_kwh ?? 0,
      outdoor_c: this.#clock?.outdoor_c ?? 0,
      received: this.#received,
      duplicates: this.#duplicates,
      refused: this.#refused,
      contracts_signed: this.#contracts.signed,
      counter_offers_accepted: this.#contracts.counterOffers,
      customers: this.#contracts.customers(),
      latency_ms: {
        p50: this.#latency.percentile(0.5),
        p90: this.#latency.percentile(0.9),
        p99: this.#latency.percentile(0.99),
        max: this.#latency.max,
      },
    };
  }

  /** Undefined for a home that was never measured. */
  homeTotals(homeId: string): HomeTotals | undefined {
    const account = this.#accounts.get(homeId);
    if (account === undefined) return undefined;
    return {
      ...account.totals(),
      home_id: homeId,
      provider_id: this.#contracts.providerOf(homeId) ?? null,
    };
  }

  /** Everybody of this street has been measured, and this is somebody else. */
  #isStranger(home: string): boolean {
    return !this.#accounts.has(home) && this.#accounts.size >= this.#homes;
  }

  #book(measured: Measured, grid: GridConditions): void {
    this.#system.add(measured, grid);
    let account = this.#accounts.get(measured.home_id);
    if (account === undefined) {
      account = new EnergyAccount();
      this.#accounts.set(measured.home_id, account);
    }
    account.add(measured, grid);
  }

  #completed(): boolean {
    if (this.#grid === undefined || this.#seen.size < this.#homes) return false;
    this.#openHour++;
    this.#seen = new Set();
    this.#grid = undefined;
    return true;
  }
}
