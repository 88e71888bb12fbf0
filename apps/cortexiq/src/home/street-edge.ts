import { Refusal } from '../carrier/carrier-errors.ts';
import { errors, topics } from '../messages/names.ts';
import type { AcceptContract, AcceptedContract } from '../messages/calls.ts';
import type {
  ContractOffered,
  ContractSigned,
  Measured,
  TimeAdvanced,
} from '../messages/events.ts';
import type { Offer } from '../provider/offer.ts';
import { HomeBot, type Measurement, type Signing } from './home-bot.ts';
import type { HomeInstallation } from './meter.ts';

/** Publishes until it is acknowledged. */
export type Publish = (topic: string, message: object, kind?: 'measurement') => Promise<void>;

export interface StreetEdgeDeps {
  readonly publish: Publish;
  /** Monotonic milliseconds that are the same in all processes of the machine. */
  readonly machineNow: () => number;
}

export interface StreetEdgeOptions {
  readonly homes: readonly HomeInstallation[];
  /** The hour that the meters begin with. */
  readonly from: number;
}

/** What is known of the hour that is being lived through. */
interface Round {
  readonly offers: Map<string, Offer>;
  time: TimeAdvanced | undefined;
  expected: number;
  /** Set as soon as time and all offers are there. */
  living: Promise<void> | undefined;
}

/**
 * The gateway of up to a hundred homes. An hour is lived through when the clock has shown it and every provider's offer for it
 * is there: homes choose, contracts are signed and seen by the providers, then the meters are read.
 */
export class StreetEdge {
  readonly #publish: Publish;
  readonly #machineNow: () => number;
  readonly #bots: Map<string, HomeBot>;
  readonly #homes: readonly HomeInstallation[];
  readonly #from: number;
  #hour: number;
  #round = newRound();
  #time: TimeAdvanced | undefined;
  /** Contracts that homes were called for, on their way to whom it concerns. */
  readonly #announcing = new Set<Promise<void>>();

  constructor({ publish, machineNow }: StreetEdgeDeps, { homes, from }: StreetEdgeOptions) {
    this.#publish = publish;
    this.#machineNow = machineNow;
    this.#homes = homes;
    this.#from = from;
    this.#hour = from;
    this.#bots = new Map(homes.map((home) => [home.id, new HomeBot(home)]));
  }

  /** The clock shows an hour. One that has been lived through already is told once more, for whoever missed it. */
  async timeAdvanced(time: TimeAdvanced): Promise<void> {
    if (time.hour_index < this.#hour) {
      if (time.hour_index === this.#hour - 1) await this.#tellAgain();
      return;
    }
    if (time.hour_index > this.#hour) return;
    this.#round.time = time;
    await this.#liveWhenReady();
  }

  async contractOffered(offered: ContractOffered): Promise<void> {
    if (offered.hour_index !== this.#hour) return;
    this.#round.expected = offered.offers;
    this.#round.offers.set(offered.provider_id, {
      providerId: offered.provider_id,
      rate: offered.rate,
      feedInRate: offered.feed_in_rate,
      termHours: offered.term_hours,
    });
    await this.#liveWhenReady();
  }

  /** A home's answer to an offer made to it alone. Throws Refusal for a home that is not here. */
  acceptContract({ home_id, provider_id, rate }: AcceptContract): AcceptedContract {
    const bot = this.#bot(home_id);
    const signing = bot.consider(provider_id, rate);
    if (signing === undefined) {
      return { status: 'declined', contract_id: bot.contract?.contractId ?? null };
    }
    // Not awaited: the provider that hears of it may be waiting for this very answer.
    const announced = this.#announce(bot, signing, 'counter_offer');
    this.#announcing.add(announced);
    // One that fails stays: the next hour waits for it, and so the home fails rather than goes on with a contract nobody knows.
    announced.then(
      () => this.#announcing.delete(announced),
      () => undefined,
    );
    return { status: 'accepted', contract_id: signing.contract.contractId };
  }

  /** How a home is. Throws Refusal for a home that is not here. */
  status(homeId: string): Record<string, unknown> {
    const bot = this.#bot(homeId);
    const last = bot.lastMeasurement;
    const contract = bot.contract;
    return {
      home_id: homeId,
      hour_index: last?.hour ?? null,
      production_w: last?.productionW ?? null,
      consumption_w: last?.consumptionW ?? null,
      battery_wh: last?.batteryWh ?? 0,
      battery_capacity_wh: bot.batterySpec.capacityWh,
      provider_id: contract?.providerId ?? null,
      contract_id: contract?.contractId ?? null,
      rate: contract?.rate ?? null,
    };
  }

  #bot(homeId: string): HomeBot {
    const bot = this.#bots.get(homeId);
    if (bot === undefined) throw new Refusal(errors.noSuchHome, [`no home is called ${homeId}`]);
    return bot;
  }

  async #liveWhenReady(): Promise<void> {
    const round = this.#round;
    const { time, offers, expected } = round;
    if (round.living !== undefined || time === undefined || offers.size < expected) return;
    round.living = this.#live(time, [...offers.values()]);
    await round.living;
  }

  async #live(time: TimeAdvanced, offers: readonly Offer[]): Promise<void> {
    const bots = [...this.#bots.values()];
    const signed = bots.map(async (bot) => {
      const signing = bot.choose(time.hour_index, offers);
      if (signing !== undefined) await this.#announce(bot, signing, 'chosen');
    });
    // A contract counts from the hour in which it is signed: providers have seen it and may have made a better offer.
    await Promise.all(signed);
    await Promise.all(this.#announcing);
    const index = time.hour_index - this.#from;
    for (const { id, meter } of this.#homes) {
      const production = meter.productionW[index] ?? 0;
      const consumption = meter.consumptionW[index] ?? 0;
      this.#bots.get(id)?.measure(time.hour_index, production, consumption);
    }
    this.#time = time;
    this.#hour++;
    this.#round = newRound();
    await this.#tellAgain();
  }

  /** Publishes every home's last measurement. */
  async #tellAgain(): Promise<void> {
    const time = this.#time;
    if (time === undefined) return;
    await Promise.all(
      [...this.#bots.values()].map(async (bot) => {
        if (bot.lastMeasurement === undefined) return;
        const message = this.#measured(bot, bot.lastMeasurement, time.timestamp);
        await this.#publish(topics.measured, message, 'measurement');
      }),
    );
  }

  #measured(bot: HomeBot, last: Measurement, timestamp: string): Measured {
    return {
      home_id: bot.id,
      hour_index: last.hour,
      timestamp,
      production_w: last.productionW,
      consumption_w: last.consumptionW,
      grid_import_w: last.gridImportW,
      grid_export_w: last.gridExportW,
      battery_w: last.batteryW,
      battery_wh: last.batteryWh,
      provider_id: bot.contract?.providerId ?? 'none',
      rate: bot.contract?.rate ?? 0,
      feed_in_rate: bot.contract?.feedInRate ?? 0,
      sent_at: this.#machineNow(),
    };
  }

  async #announce(
    bot: HomeBot,
    { contract, previousProviderId }: Signing,
    reason: ContractSigned['reason'],
  ): Promise<void> {
    const message: ContractSigned = {
      hour_index: this.#hour,
      home_id: bot.id,
      contract_id: contract.contractId,
      provider_id: contract.providerId,
      rate: contract.rate,
      feed_in_rate: contract.feedInRate,
      ends_before: contract.endsBefore,
      ...(previousProviderId !== undefined && { previous_provider_id: previousProviderId }),
      reason,
    };
    await this.#publish(topics.contractSigned, message);
  }
}

function newRound(): Round {
  return { offers: new Map(), time: undefined, expected: Infinity, living: undefined };
}
