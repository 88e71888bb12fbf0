import { afterEach, expect, test } from '@jest/globals';
import { type FrameView, type Link, LinkCloseCode, systemClock } from '@macula/core';
import { FrameWriter } from '@macula/wire';
import { eventually } from '../../test/quic-fixture.ts';
import { type TestTransport, transportFixture } from '../../test/transport-fixture.ts';

const fixture = transportFixture({ tcp: false });
const askKind = 0x7a;
const tellKind = 0x7b;

afterEach(() => fixture.stop());

/** Two nodes that have met before, and whose link is closed: the dialler holds a ticket. */
async function acquainted(): Promise<{
  a: TestTransport;
  b: TestTransport;
  seen: [string, Link][];
}> {
  const a = await fixture.node();
  const b = await fixture.node();
  const seen: [string, Link][] = [];
  b.handleRequest(askKind, (link, body) => {
    seen.push([Buffer.from(body).toString(), link]);
    return body;
  });
  b.handle(tellKind, (link, frame: FrameView) => {
    seen.push([
      Buffer.from(frame.bytes.subarray(frame.headerEnd, frame.payloadEnd)).toString(),
      link,
    ]);
  });
  a.learn(b.self, b.localAddresses);
  const first = await a.link(b.self);
  await first.request(askKind, Buffer.from('first'));
  await first.close();
  return { a, b, seen };
}

test('an idempotent request is answered before the link is open', async () => {
  const { a, b, seen } = await acquainted();
  const link = await a.link(b.self, { early: true });
  expect(link.state).toBe('early');
  const answer = await link.request(askKind, Buffer.from('early'), { idempotent: true });
  expect(Buffer.from(answer).toString()).toBe('early');
  expect(seen.map(([text]) => text)).toEqual(['first', 'early']);
  await eventually('the link to open', () => link.state === 'open');
  expect(a.get(b.self)).toBe(link);
});

test('what is not idempotent waits for the handshake', async () => {
  const { a, b, seen } = await acquainted();
  const link = await a.link(b.self, { early: true });
  const writer = new FrameWriter();
  const tell = (text: string, idempotent: boolean): boolean =>
    link.send(writer.payload(Buffer.from(text)).frame(tellKind, new Uint8Array()), idempotent);
  expect(tell('too soon', false)).toBe(false);
  expect(tell('one', true)).toBe(true);
  expect(tell('two', true)).toBe(true);
  const answered = link.request(askKind, Buffer.from('patient'));
  await answered;
  expect(link.state).toBe('open');
  await eventually('all', () => seen.length === 4);
  expect(seen.map(([text]) => text)).toEqual(['first', 'one', 'two', 'patient']);
  expect(tell('three', false)).toBe(true);
  await eventually('the last', () => seen.at(-1)?.[0] === 'three');
});

test('without a ticket an early link is an open one', async () => {
  const a = await fixture.node();
  const b = await fixture.node();
  a.learn(b.self, b.localAddresses);
  const link = await a.link(b.self, { early: true });
  expect(link.state).toBe('open');
});

test('an early link to a node that has gone fails in bounded time', async () => {
  const { a, b } = await acquainted();
  await b.stop();
  const before = systemClock.now();
  const link = await a.link(b.self, { early: true, timeout: 500 }).catch((error: unknown) => error);
  if (!(link instanceof Error)) {
    await expect(
      (link as Link).request(askKind, new Uint8Array(), { idempotent: true, timeout: 300 }),
    ).rejects.toThrow();
  }
  expect(systemClock.now() - before).toBeLessThan(5_000);
});

test('another node at the address of the ticket is refused, and gets and brings no frame', async () => {
  const { a, b } = await acquainted();
  const { host, port } = b.localAddresses[0]!;
  await b.stop();
  const stranger = await fixture.node({ host, port });
  let heard = 0;
  const hear = (): void => void heard++;
  stranger.handle(tellKind, hear);
  stranger.handleRequest(askKind, (_link, body) => {
    hear();
    return body;
  });
  a.handle(tellKind, hear);
  const writer = new FrameWriter();
  stranger.onLink((link) => {
    link.send(writer.payload(Buffer.from('trust me')).frame(tellKind, new Uint8Array()));
  });
  const link = await a
    .link(b.self, { early: true, timeout: 5_000 })
    .catch((error: unknown) => error);
  let refusal = link;
  if (!(link instanceof Error)) {
    expect((link as Link).state).toBe('early');
    const asked = (link as Link).request(askKind, Buffer.from('secret'), { idempotent: true });
    (link as Link).onClose((reason) => (refusal = reason));
    await expect(asked).rejects.toThrow();
    await eventually('the refusal', () => refusal !== link);
  }
  expect(refusal).toMatchObject(
    refusal instanceof Error
      ? { code: 'macula.peer.wrong_identity' }
      : { code: LinkCloseCode.wrongIdentity },
  );
  expect(a.get(b.self)).toBeUndefined();
  expect(a.get(stranger.self)).toBeUndefined();
  expect(heard).toBe(0);
});
