import type { Wampy } from 'wampy';
import { wampClient } from './wamp-client.ts';

export const topics = {
  time: 'be.cortexiq.simulation.time.advanced',
  measured: 'be.cortexiq.home.measured',
  status: 'be.cortexiq.home.get_status',
};

/** What a home's meter shows in an hour; known to both ends, so that totals can be checked to the watt. */
export function reading(
  home: number,
  hour: number,
): { production_w: number; consumption_w: number } {
  return {
    production_w: (home * 37 + hour * 101) % 4_000,
    consumption_w: (home * 53 + hour * 29) % 3_000,
  };
}

/** Homes as plain WAMP clients, several on a connection: all they know of where they are is a URL and a realm. */
export class WampHomes {
  readonly #clients: Wampy[] = [];

  static async start(url: string, realm: string, homes: number): Promise<WampHomes> {
    const started = new WampHomes();
    for (let first = 0; first < homes; first += 10) {
      const ids = Array.from({ length: Math.min(10, homes - first) }, (_, i) => first + i);
      const client = await wampClient(url, realm);
      started.#clients.push(client);
      await client.subscribe(topics.time, async ({ argsList }) => {
        const hour = Number(argsList?.[0]);
        for (const home of ids) {
          const measured = { home_id: `home_${home}`, hour_index: hour, ...reading(home, hour) };
          await client.publish(topics.measured, [measured]);
        }
      });
    }
    await started.#clients[0]?.register(topics.status, ({ argsList }) => ({
      argsList: [{ home_id: argsList?.[0], alive: true }],
    }));
    return started;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.disconnect()));
  }
}
