import { describe, expect, it } from '@jest/globals';
import type { ContractSigned } from '../messages/events.ts';
import { Market } from './market.ts';
import { counterRate, offerOf } from './pricing.ts';
import { type Provider, providers } from './provider.ts';

const tariff = [0.2, 0.2, 0.5, 0.5];
const company: Provider = {
  id: 'p',
  name: 'P',
  margin: 0.1,
  leastMargin: 0.05,
  feedInShare: 0.4,
  termHours: 2,
};

describe('a price', () => {
  it.each([
    [0, 1, 0.22, 0.08],
    [0, 2, 0.22, 0.08],
    [1, 2, 0.385, 0.14],
    [2, 1, 0.55, 0.2],
    [3, 2, 0.385, 0.14],
    [0, 8, 0.385, 0.14],
  ])(
    'at hour %i over %i hours is the mean tariff and the margin',
    (hour, termHours, rate, feedInRate) => {
      expect(offerOf({ ...company, termHours }, tariff, hour)).toEqual({
        providerId: 'p',
        rate,
        feedInRate,
        termHours,
      });
    },
  );

  it('comes in steps of a hundredth of a cent', () => {
    expect(offerOf({ ...company, margin: 0.123_456 }, tariff, 0).rate).toBe(0.2247);
  });

  it.each([
    [0.3, 0.2999],
    [0.2101, 0.21],
    [0.21, undefined],
    [0.1, undefined],
  ])('against a rival at %d is %d', (rival, rate) => {
    expect(counterRate(company, tariff, 0, rival)).toBe(rate);
  });
});

describe('the market', () => {
  const market = new Market([company, { ...company, id: 'q', margin: 0.5 }], tariff);
  const signed: ContractSigned = {
    hour_index: 0,
    home_id: 'home_a',
    contract_id: 'home_a-2',
    provider_id: 'q',
    rate: 0.3,
    feed_in_rate: 0.1,
    ends_before: 2,
    previous_provider_id: 'p',
    reason: 'chosen',
  };

  it('has an offer of each provider, and says how many there are', () => {
    const offers = market.offers(2);
    expect(offers.map(({ provider_id, rate }) => [provider_id, rate])).toEqual([
      ['p', 0.55],
      ['q', 0.75],
    ]);
    expect(offers.every(({ offers: count, hour_index }) => count === 2 && hour_index === 2)).toBe(
      true,
    );
  });

  it('tries to keep a home that leaves', () => {
    expect(market.counterOffer(signed)).toEqual({
      homeId: 'home_a',
      providerId: 'p',
      rate: 0.2999,
    });
  });

  it.each<[string, Partial<ContractSigned>]>([
    ['was won by a counter-offer', { reason: 'counter_offer' }],
    ['stays', { provider_id: 'p' }],
    ['was nobody’s', { previous_provider_id: undefined } as Partial<ContractSigned>],
    ['left somebody who is not here', { previous_provider_id: 'x' }],
    ['found what nobody can match', { rate: 0.05 }],
  ])('leaves a home alone that %s', (_, change) => {
    expect(market.counterOffer({ ...signed, ...change })).toBeUndefined();
  });

  it('of the demo has twelve providers, of which none sells or keeps below the tariff', () => {
    expect(providers).toHaveLength(12);
    expect(new Set(providers.map(({ id }) => id)).size).toBe(12);
    for (const { margin, leastMargin, feedInShare } of providers) {
      expect(leastMargin).toBeGreaterThan(0);
      expect(margin).toBeGreaterThan(leastMargin);
      expect(feedInShare).toBeLessThan(1);
    }
  });
});
