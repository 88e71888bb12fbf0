import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@macula/testkit';
import { transportFixture, type TransportFixture } from '../test/transport-fixture.ts';

let fixture: TransportFixture;

beforeEach(() => {
  fixture = transportFixture({ tcp: false });
});

afterEach(() => fixture.stop());

const kind = 0xe9;

describe('a peer that is dialled again with a ticket', () => {
  it('answers an idempotent request on a link that is still early', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    b.handleRequest(kind, (_link, body) => body);
    a.learn(b.self, b.localAddresses);
    const first = await a.link(b.self);
    await first.request(kind, new Uint8Array([1]));
    await first.close();
    await eventually(() => b.get(a.self) === undefined);
    const again = await a.link(b.self, { early: true });
    expect(again.state).toBe('early');
    const answer = await again.request(kind, new Uint8Array([2]), { idempotent: true });
    expect([...answer]).toEqual([2]);
    await eventually(() => again.state === 'open');
    expect(a.get(b.self)).toBe(again);
  });

  it('gives an open link to those who do not ask for an early one', async () => {
    const [a, b] = [await fixture.node(), await fixture.node()];
    a.learn(b.self, b.localAddresses);
    await (await a.link(b.self)).close();
    await eventually(() => b.get(a.self) === undefined);
    expect((await a.link(b.self)).state).toBe('open');
  });
});
