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
