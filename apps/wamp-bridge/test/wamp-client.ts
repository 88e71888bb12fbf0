import { systemClock, withDeadline } from '@macula/core';
import { Wampy } from 'wampy';
import { WebSocket } from 'ws';

/** A client of a WAMP router, as an application has it. */
export async function wampClient(url: string, realm: string): Promise<Wampy> {
  const client = new Wampy(url, {
    realm,
    ws: WebSocket as never,
    uriValidation: 'loose',
    reconnectInterval: 50,
    maxRetries: 0,
  });
  await client.connect();
  return client;
}

/** Says goodbye; wampy would wait without end for the answer of a router that has gone. */
export async function leave(client: Wampy): Promise<void> {
  const limits = { timeout: 2_000, what: 'the goodbye of a client' };
  await withDeadline(systemClock, client.disconnect(), limits).catch(() => undefined);
}
