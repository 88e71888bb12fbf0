import { TimeoutError } from '@macula/core';
import { Refusal } from '../carrier/carrier-errors.ts';
import { acceptedContract } from '../messages/calls.ts';
import { contractSigned, timeAdvanced } from '../messages/events.ts';
import { procedures, topics } from '../messages/names.ts';
import { Market } from '../provider/market.ts';
import { providers } from '../provider/provider.ts';
import type { RoleContext, RunningRole } from './role.ts';
import type { SettingsOf } from './role-settings.ts';

/** How long a provider waits for a home's answer, milliseconds. */
const answerTimeout = 2_000;

/** The twelve energy companies: each offers every hour, and calls a home that leaves it when it can afford to keep it. */
export async function startUtilities(
  { traffic, signal, fail }: RoleContext,
  { tariff }: SettingsOf<'utilities'>,
): Promise<RunningRole> {
  const market = new Market(providers, tariff);

  const offerAll = async (hour: number): Promise<void> => {
    const offers = market.offers(hour);
    await Promise.all(offers.map((offer) => traffic.publish(topics.contractOffered, offer)));
  };

  await traffic.hear(topics.timeAdvanced, timeAdvanced, ({ hour_index: hour }) => {
    offerAll(hour).catch(fail);
  });
  // The home waits for this before it reads its meter, so that the hour is paid at the rate that came out of it.
  await traffic.hear(topics.contractSigned, contractSigned, async (signed) => {
    const counter = market.counterOffer(signed);
    if (counter === undefined) return;
    const { homeId: home_id, providerId: provider_id, rate } = counter;
    try {
      await traffic.call(
        procedures.acceptContract,
        { home_id, provider_id, rate },
        acceptedContract,
        { timeout: answerTimeout, signal },
      );
    } catch (error) {
      // A home that does not answer is lost to its new provider, nothing worse.
      if (!(error instanceof Refusal || error instanceof TimeoutError)) throw error;
    }
  });
  return {};
}
