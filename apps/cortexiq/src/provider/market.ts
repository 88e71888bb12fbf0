import type { ContractOffered, ContractSigned } from '../messages/events.ts';
import { counterRate, offerOf, type Tariff } from './pricing.ts';
import type { Provider } from './provider.ts';

/** An offer that a provider makes to one home, to keep it. */
export interface CounterOffer {
  readonly homeId: string;
  readonly providerId: string;
  readonly rate: number;
}

/** The providers of one process, and what they charge. Knows nothing of the mesh. */
export class Market {
  readonly #providers: ReadonlyMap<string, Provider>;
  readonly #tariff: Tariff;

  /** `tariff[h]` is the price in hour `h` of the data. */
  constructor(providers: readonly Provider[], tariff: Tariff) {
    this.#providers = new Map(providers.map((provider) => [provider.id, provider]));
    this.#tariff = tariff;
  }

  /** What all providers offer in an hour. */
  offers(hour: number): ContractOffered[] {
    return [...this.#providers.values()].map((provider) => {
      const { providerId, rate, feedInRate, termHours } = offerOf(provider, this.#tariff, hour);
      return {
        hour_index: hour,
        provider_id: providerId,
        rate,
        feed_in_rate: feedInRate,
        term_hours: termHours,
        offers: this.#providers.size,
      };
    });
  }

  /** How the provider that lost a home tries to keep it, if it can afford to. Homes that a counter-offer won are left in peace. */
  counterOffer(signed: ContractSigned): CounterOffer | undefined {
    const { home_id: homeId, previous_provider_id: previous, provider_id: winner } = signed;
    if (signed.reason !== 'chosen' || previous === undefined || previous === winner)
      return undefined;
    const provider = this.#providers.get(previous);
    if (provider === undefined) return undefined;
    const rate = counterRate(provider, this.#tariff, signed.hour_index, signed.rate);
    return rate === undefined ? undefined : { homeId, providerId: previous, rate };
  }
}
