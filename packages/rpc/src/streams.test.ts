import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AbortedError } from '@macula/core';
import { Pair, readAll } from '../test/pair.ts';
import type { ItemStream } from './index.ts';

describe.each([
  ['another node', false],
  ['the node itself', true],
])('streams to %s', (_where, local) => {
  let mesh: Pair;

  beforeEach(async () => {
    mesh = await Pair.start({ silenceMs: 500, local });
  });

  afterEach(() => mesh.stop());

  /** Sends many items, as fast as the stream takes them. */
  async function flood(stream: ItemStream, onSent: (count: number) => void): Promise<void> {
    const item = new Uint8Array(10_000);
    for (let count = 1; count <= 1_000; count++) {
      await stream.send(item);
      onSent(count);
    }
  }

  it('carry items both ways and end with a result', async () => {
    await mesh.serve(async (stream, context) => {
      for await (const item of stream) await stream.send([context.args[0], item]);
      return { bye: true };
    });
    const stream = await mesh.open('talk', ['hello']);
    for (const item of [1, { two: 2 }, 'three']) await stream.send(item);
    stream.end();
    expect(await mesh.clock.complete(readAll(stream))).toEqual([
      ['hello', 1],
      ['hello', { two: 2 }],
      ['hello', 'three'],
    ]);
    expect(await mesh.clock.complete(stream.result)).toEqual({ bye: true });
  });

  it('give the handler the context of the call', async () => {
    let seen: unknown[] = [];
    await mesh.serve((_stream, context) => {
      const { payload, kwargs, procedure, caller: who, traceparent } = context;
      seen = [payload, kwargs, procedure, who?.key, traceparent, context.remaining()];
    });
    const stream = await mesh.open(
      'talk',
      { a: 1 },
      { discloseMe: true, traceparent: '00-1', timeout: 9_000 },
    );
    await mesh.clock.complete(stream.result);
    expect(seen.slice(0, 5)).toEqual([
      { a: 1 },
      { a: 1 },
      'talk',
      mesh.caller.links.self.key,
      '00-1',
    ]);
    expect(seen[5]).toBeGreaterThan(8_900);
  });

  it('stop the caller from sending while the handler does not read', async () => {
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let received = 0;
    await mesh.serve(async (stream) => {
      await gate;
      for await (const item of stream) received += Number(item instanceof Uint8Array);
    });
    const stream = await mesh.open('talk');
    let sent = 0;
    const flooding = flood(stream, (count) => {
      sent = count;
    }).catch(() => undefined);
    await mesh.clock.advance(2_000);
    const stalledAt = sent;
    await mesh.clock.advance(2_000);
    expect(sent).toBe(stalledAt);
    expect(stalledAt).toBeLessThan(400);
    release();
    await mesh.clock.complete(flooding);
    stream.end();
    await mesh.clock.complete(stream.result);
    expect([sent, received]).toEqual([1_000, 1_000]);
  });

  it('stop the handler from sending while the caller does not read', async () => {
    let sent = 0;
    await mesh.serve((stream) =>
      flood(stream, (count) => {
        sent = count;
      }),
    );
    const stream = await mesh.open('talk');
    await mesh.clock.advance(2_000);
    const stalledAt = sent;
    await mesh.clock.advance(2_000);
    expect(sent).toBe(stalledAt);
    expect(stalledAt).toBeLessThan(400);
    const reading = (async () => {
      let count = 0;
      for await (const item of stream) count += Number(item instanceof Uint8Array);
      return count;
    })();
    expect(await mesh.clock.complete(reading)).toBe(1_000);
  });

  it('refuse sends beyond a limit when nobody awaits them', async () => {
    await mesh.serve(() => new Promise(() => undefined));
    const stream = await mesh.open('talk');
    const item = new Uint8Array(100_000);
    const errors: unknown[] = [];
    for (let i = 0; i < 200; i++) stream.send(item).catch((error: unknown) => errors.push(error));
    await mesh.clock.advance(50);
    expect(errors.length).toBeGreaterThan(50);
    expect(errors[0]).toMatchObject({ code: 'macula.limit_exceeded' });
    stream.cancel();
    await mesh.clock.advance(20);
  });

  it('can be closed in one direction and go on in the other', async () => {
    await mesh.serve(async (stream) => {
      const items = await readAll(stream);
      for (const item of items) await stream.send(item);
      stream.end();
      await expect(stream.send('more')).rejects.toBeInstanceOf(AbortedError);
      return items.length;
    });
    const stream = await mesh.open('talk');
    await stream.send('a');
    await stream.send('b');
    stream.end();
    stream.end();
    await expect(stream.send('c')).rejects.toBeInstanceOf(AbortedError);
    expect(await mesh.clock.complete(readAll(stream))).toEqual(['a', 'b']);
    expect(await mesh.clock.complete(stream.result)).toBe(2);
  });

  it('let the handler end its items first and still read', async () => {
    const received: unknown[] = [];
    await mesh.serve(async (stream) => {
      await stream.send('only');
      stream.end();
      for await (const item of stream) received.push(item);
      return 'read all';
    });
    const stream = await mesh.open('talk');
    expect(await mesh.clock.complete(readAll(stream))).toEqual(['only']);
    await stream.send(1);
    await stream.send(2);
    stream.end();
    expect(await mesh.clock.complete(stream.result)).toBe('read all');
    expect(received).toEqual([1, 2]);
  });

  it('let a reader that has seen enough wait for the result', async () => {
    await mesh.serve(async (stream) => {
      for (let i = 0; i < 200; i++) await stream.send(i);
      return 'all sent';
    });
    const stream = await mesh.open('talk');
    const reading = (async () => {
      for await (const item of stream) if (item === 3) break;
    })();
    await mesh.clock.complete(reading);
    expect(await mesh.clock.complete(stream.result)).toBe('all sent');
  });

  it('deliver items that came before the result also after it', async () => {
    await mesh.serve(async (stream) => {
      for (let i = 0; i < 10; i++) await stream.send(i);
      return 'done';
    });
    const stream = await mesh.open('talk');
    expect(await mesh.clock.complete(stream.result)).toBe('done');
    expect(await mesh.clock.complete(readAll(stream))).toHaveLength(10);
  });
});
