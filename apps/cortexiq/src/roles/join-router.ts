import { systemClock, systemRandom } from '@macula/core';
import { openWampCarrier } from '../carrier/wamp-carrier.ts';
import { routerRealm } from '../messages/names.ts';
import type { Connection, ConnectionDeps } from './connection.ts';

/** Takes part as a client of the WAMP router at `url`. */
export async function joinRouter(deps: ConnectionDeps, url: string): Promise<Connection> {
  const carrier = await openWampCarrier(
    { clock: systemClock, random: systemRandom, ...deps },
    { url, realm: routerRealm },
  );
  return { carrier, reachable: { addresses: [] } };
}
