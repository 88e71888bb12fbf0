import type { Offer } from './offer.ts';
import type { Provider } from './provider.ts';

/** Time-of-use tariff by hour, USD per kWh. It goes on from its beginning after its end. */
export type Tariff = readonly number[];

/** Rates are in steps of a hundredth of a cent, USD per kWh: amounts of money stay exact sums. */
export const rateSteps = 10_000;

/** What a provider offers in this hour: the tariff's mean over the term, and its margin. */
export function offerOf(provider: Provider, tariff: Tariff, hour: number): Offer {
  const wholesale = meanTariff(tariff, hour, provider.termHours);
  return {
    providerId: provider.id,
    rate: rounded(wholesale * (1 + provider.margin)),
    feedInRate: rounded(wholesale * provider.feedInShare),
    termHours: provider.termHours,
  };
}

/**
 * The rate at which a provider would rather keep a home than lose it for `rivalRate`: one step below the rival, if its
 * least margin allows that.
 */
export function counterRate(
  provider: Provider,
  tariff: Tariff,
  hour: number,
  rivalRate: number,
): number | undefined {
  const least = rounded(meanTariff(tariff, hour, provider.termHours) * (1 + provider.leastMargin));
  const below = rounded(rivalRate - 1 / rateSteps);
  return below >= least ? below : undefined;
}

function meanTariff(tariff: Tariff, hour: number, hours: number): number {
  let sum = 0;
  for (let ahead = 0; ahead < hours; ahead++)
    sum += tariff[(hour + ahead) % tariff.length] as number;
  return sum / hours;
}

function rounded(rate: number): number {
  return Math.round(rate * rateSteps) / rateSteps;
}
