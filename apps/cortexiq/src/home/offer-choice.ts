import type { Offer } from '../provider/offer.ts';

/** What a home expects to trade with the grid in an hour, Wh. */
export interface Trade {
  readonly importWh: number;
  readonly exportWh: number;
}

/** What an hour costs at these rates, USD; negative when the home earns. */
export function hourlyBill(trade: Trade, rates: Pick<Offer, 'rate' | 'feedInRate'>): number {
  return (trade.importWh * rates.rate - trade.exportWh * rates.feedInRate) / 1_000;
}

/**
 * The offer with the smallest expected bill. Of equal ones the lower rate wins, then the provider's ID, so that the
 * choice does not depend on the order in which offers arrived.
 */
export function bestOffer(trade: Trade, offers: Iterable<Offer>): Offer | undefined {
  let best: Offer | undefined;
  for (const offer of offers) if (best === undefined || better(trade, offer, best)) best = offer;
  return best;
}

function better(trade: Trade, one: Offer, other: Offer): boolean {
  const saving = hourlyBill(trade, other) - hourlyBill(trade, one);
  if (saving !== 0) return saving > 0;
  if (one.rate !== other.rate) return one.rate < other.rate;
  return one.providerId < other.providerId;
}
