import { describe, expect, it } from '@jest/globals';
import { RequestFailedError } from '@macula/core';
import type { KademliaNotify, KademliaPing } from '@macula/wire';
import { contactAt } from '../../test/contacts.ts';
import type { Contact } from './contact.ts';
import { contactsOf } from './messages.ts';
import { Notifier } from './notifier.ts';

const settings = { notifyFanout: 22, tries: 3 };
const record = {
  content: Uint8Array.of(1),
  publicKey: Uint8Array.of(2),
  signature: Uint8Array.of(3),
};

/** Watchers that forward what they are told, over perfect links; `dead` ones answer nothing. */
class Crowd {
  readonly told = new Map<string, number>();
  readonly sent = new Map<string, number>();
  readonly dead = new Set<string>();
  readonly idle: Promise<unknown>[] = [];

  notifier(of: string): Notifier {
    const ask = (
      to: Contact,
      _exchange: unknown,
      question: KademliaNotify,
    ): Promise<KademliaPing> => this.#arrive(to, question);
    const count = (): number => this.sent.set(of, (this.sent.get(of) ?? 0) + 1).size;
    const notifications = { inc: () => void count() };
    return new Notifier({ requests: { ask }, metrics: { notifications } }, settings);
  }

  async #arrive({ id }: Contact, { records, forward }: KademliaNotify): Promise<KademliaPing> {
    await Promise.resolve();
    if (this.dead.has(id.key)) throw new RequestFailedError('dead', 'no answer');
    this.told.set(id.key, (this.told.get(id.key) ?? 0) + 1);
    const others = contactsOf(forward, 4_096);
    this.idle.push(this.notifier(id.key).spread(others, records));
    return { addresses: [] };
  }

  async settle(): Promise<void> {
    for (let next = this.idle.pop(); next !== undefined; next = this.idle.pop()) await next;
  }
}

describe('a notifier', () => {
  it('reaches 1,000 watchers once each, and nobody sends more than 22', async () => {
    const crowd = new Crowd();
    const watchers = Array.from({ length: 1_000 }, (_, at) => contactAt(at));
    expect(await crowd.notifier('replica').spread(watchers, [record])).toEqual([]);
    await crowd.settle();
    expect(crowd.told.size).toBe(1_000);
    expect(Math.max(...crowd.told.values())).toBe(1);
    expect(Math.max(...crowd.sent.values())).toBeLessThanOrEqual(22);
  });

  it('lets others lead where a forwarder does not answer, and tells who did not', async () => {
    const crowd = new Crowd();
    const watchers = Array.from({ length: 600 }, (_, at) => contactAt(at));
    for (const at of [0, 3, 7, 100, 250]) crowd.dead.add(contactAt(at).id.key);
    const failed = await crowd.notifier('replica').spread(watchers, [record]);
    await crowd.settle();
    expect(failed.map(({ id }) => id.key).sort()).toEqual(
      [0, 3, 7].map((at) => contactAt(at).id.key).sort(),
    );
    expect(crowd.told.size).toBe(595);
    expect(Math.max(...crowd.told.values())).toBe(1);
  });

  it('gives a branch up after four leaders, and tells all others', async () => {
    const crowd = new Crowd();
    const watchers = Array.from({ length: 200 }, (_, at) => contactAt(at));
    for (let at = 0; at < 200; at++) crowd.dead.add(contactAt(at).id.key);
    const failed = await crowd.notifier('replica').spread(watchers, [record]);
    const asked = crowd.sent.get('replica') ?? 0;
    expect(asked).toBeLessThanOrEqual(4 * 22);
    expect(failed).toHaveLength(asked);
  });
});
