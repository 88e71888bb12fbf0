import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@macula/core';
import { WebSocketServer, type WebSocket } from 'ws';
import type { RouterSession } from './router-session.ts';
import { RouterGoneError, RouterRefusal } from './router-errors.ts';
import { wampyOptions } from './wampy-options.ts';
import { openWampySession } from './wampy-session.ts';

type Message = readonly unknown[];

/** A router that says what it is told to. */
describe('a session at a router that misbehaves', () => {
  let server: WebSocketServer;
  let answer: (message: Message, say: (...message: unknown[]) => void) => void;

  beforeEach(async () => {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    server.on('connection', (socket: WebSocket) =>
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString()) as Message;
        const say = (...said: unknown[]): void => socket.send(JSON.stringify(said));
        if (message[0] === 1) say(2, 4711, { roles: { broker: {}, dealer: {} } });
        else if (message[0] === 6) socket.close();
        else answer(message, say);
      }),
    );
  });

  afterEach(async () => {
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  });

  async function open(): Promise<RouterSession> {
    const { port } = server.address() as { port: number };
    const auth = { method: 'anonymous' } as const;
    const options = await wampyOptions({ realm: 'a', serializer: 'json', auth }, {});
    return openWampySession(`ws://127.0.0.1:${port}`, options, {
      clock: systemClock,
      timeoutMs: 2_000,
      signal: new AbortController().signal,
    });
  }

  test('ends, and nothing else does, when a message makes no sense', async () => {
    const session = await open();
    answer = ([, request], say) => {
      say(33, request, 99);
      say(36, 99, 1);
    };
    await session.subscribe('a.b', 'exact', () => undefined);
    expect(await session.lost).toMatch(/undefined/);
    await expect(session.publish('a.b', { args: [], kwargs: {} })).rejects.toThrow(RouterGoneError);
  });

  test('ends at a message of no known kind', async () => {
    const session = await open();
    answer = (_, say) => say(4242);
    const published = session.publish('a.b', { args: [], kwargs: {} });
    await expect(published).rejects.toThrow(RouterGoneError);
    await session.lost;
  });

  test('gives up a call that nobody answers, in time or when told', async () => {
    const session = await open();
    answer = () => undefined;
    const call = { args: [], kwargs: {} };
    await expect(session.call('a.b', call, { timeoutMs: 20 })).rejects.toMatchObject({
      uri: 'wamp.error.timeout',
    });
    const signal = AbortSignal.abort();
    await expect(session.call('a.b', call, { timeoutMs: 5_000, signal })).rejects.toMatchObject({
      uri: 'wamp.error.canceled',
    });
    await session.close();
  });

  test('tells a refusal from an absence', async () => {
    const session = await open();
    answer = ([kind, request], say) =>
      say(8, kind, request, {}, 'wamp.error.not_authorized', ['no']);
    await expect(session.publish('a.b', { args: [], kwargs: {} })).rejects.toThrow(RouterRefusal);
    await expect(session.publish('a b', { args: [], kwargs: {} })).rejects.toThrow(RouterRefusal);
    await session.close();
  });
});
