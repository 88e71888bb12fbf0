import { describe, expect, it } from '@jest/globals';
import {
  AbortedError,
  type Link,
  type Links,
  noMetrics,
  NotRunningError,
  ProtocolError,
  RequestFailedError,
  type RequestOptions,
  TimeoutError,
} from '@macula/core';
import { virtualClock } from '@macula/testkit';
import { contactAt } from '../../test/contacts.ts';
import { exchanges } from './exchanges.ts';
import { kademliaMetrics } from './kademlia-metrics.ts';
import { kademliaSettings } from './kademlia-options.ts';
import { Neighbourhood } from './neighbourhood.ts';
import { PeerRequests } from './peer-requests.ts';
import { RoutingTable } from './routing-table.ts';

const peer = contactAt(1);
const none = (): number => 0;
const answer = exchanges.ping.answer.encode({ addresses: [] }).finish();

/** Asks the peer, over a link that fails as `outcomes` say, one try after the other, after that it answers. */
function asking(outcomes: readonly (Error | Uint8Array)[]) {
  const clock = virtualClock();
  const settings = kademliaSettings({});
  const { id: self } = contactAt(0);
  const neighbourhood = new Neighbourhood(self, new RoutingTable(self, settings), settings);
  neighbourhood.seen(peer);
  const tries: { at: number; timeout: number | undefined }[] = [];
  const request = (_kind: number, _body: Uint8Array, { timeout }: RequestOptions = {}) => {
    const outcome = outcomes[tries.length] ?? answer;
    tries.push({ at: clock.now(), timeout });
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome);
  };
  const link = { request } as unknown as Link;
  const links = { get: () => link } as unknown as Links;
  // The longest waits that the jitter permits.
  const random = {
    next: () => 1,
    integer: none,
    bytes: (length: number) => new Uint8Array(length),
  };
  const sizes = { contacts: none, buckets: none, records: none, watchedKeys: none, leases: none };
  const metrics = kademliaMetrics(noMetrics, sizes);
  const requests = new PeerRequests({ links, clock, random, neighbourhood, metrics }, settings);
  const isKnown = (): boolean => neighbourhood.table.get(peer.id) !== undefined;
  const ask = () => requests.ask(peer, exchanges.ping, { addresses: [] });
  return { clock, requests, tries, isKnown, ask };
}

const silence = new TimeoutError('the peer does not answer');

describe('a request to a peer', () => {
  it('is tried three times, each with twice the patience, and waits longer before each', async () => {
    const { clock, tries, isKnown, ask } = asking([silence, silence, silence]);
    await expect(clock.complete(ask())).rejects.toBe(silence);
    expect(tries).toEqual([
      { at: 0, timeout: 1_000 },
      { at: 200, timeout: 2_000 },
      { at: 600, timeout: 4_000 },
    ]);
    expect(isKnown()).toBe(false);
  });

  it('is over with the first answer, and the peer is still known', async () => {
    const { clock, tries, isKnown, ask } = asking([silence]);
    expect(await clock.complete(ask())).toEqual({ addresses: [] });
    expect(tries).toHaveLength(2);
    expect(isKnown()).toBe(true);
  });

  it('is not repeated when the peer refuses: whoever refuses is alive', async () => {
    const { clock, tries, isKnown, ask } = asking([new RequestFailedError('full', 'no room')]);
    await expect(clock.complete(ask())).rejects.toBeInstanceOf(RequestFailedError);
    expect([tries.length, isKnown()]).toEqual([1, true]);
  });

  it('is not repeated when the answer is garbage, and the peer is not asked again', async () => {
    const { clock, tries, isKnown, ask } = asking([Uint8Array.of(0x0a, 0xff)]);
    await expect(clock.complete(ask())).rejects.toBeInstanceOf(ProtocolError);
    expect([tries.length, isKnown()]).toEqual([1, false]);
  });

  it('ends with the directory, whatever it waits for', async () => {
    const { clock, requests, tries, isKnown, ask } = asking([silence]);
    const asked = ask();
    await clock.advance(100);
    requests.stop();
    await expect(clock.complete(asked)).rejects.toBeInstanceOf(AbortedError);
    expect(requests.signal.reason).toBeInstanceOf(NotRunningError);
    expect([tries.length, isKnown()]).toEqual([1, true]);
  });
});
