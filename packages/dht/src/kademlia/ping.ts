import type { Contact } from './contact.ts';
import { exchanges } from './exchanges.ts';
import { addressesOf } from './messages.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { PeerRequests } from './peer-requests.ts';

export interface PingDeps {
  readonly neighbourhood: Neighbourhood;
  readonly requests: PeerRequests;
  readonly ownAddresses: () => readonly string[];
}

/** Whether the node answers; then it is a contact from now on, at the addresses that it names. */
export async function ping(
  { neighbourhood, requests, ownAddresses }: PingDeps,
  contact: Contact,
): Promise<boolean> {
  try {
    const question = { addresses: [...ownAddresses()] };
    const { addresses } = await requests.ask(contact, exchanges.ping, question);
    neighbourhood.seen({ id: contact.id, addresses: addressesOf(addresses) });
    return true;
  } catch {
    return false;
  }
}
