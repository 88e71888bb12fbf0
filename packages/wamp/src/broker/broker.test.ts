import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { eventually } from '@macula/testkit';
import type { MeshEvent } from '../index.ts';
import type { MemoryNode } from '../../test/memory-mesh.ts';
import { RawClient } from '../../test/raw-client.ts';
import { RouterFixture } from '../../test/router-fixture.ts';

const [publish, subscribe, unsubscribe] = [16, 32, 34];

describe('the broker', () => {
  let fixture: RouterFixture;
  let here: { node: MemoryNode };
  let there: { node: MemoryNode };
  let publisher: RawClient;
  let near: RawClient;
  let far: RawClient;

  beforeEach(async () => {
    fixture = new RouterFixture();
    const [first, second] = [await fixture.router(), await fixture.router()];
    here = first;
    there = second;
    publisher = await RawClient.joined(first.router);
    near = await RawClient.joined(first.router);
    far = await RawClient.joined(second.router);
  });

  afterEach(() => fixture.stop());

  async function subscribed(client: RawClient, topic: string, options = {}): Promise<number> {
    const answer = await client.request(subscribe, options, topic);
    return (answer as { subscription: number }).subscription;
  }

  test('brings an event to clients of its own and of other routers, with one publication ID', async () => {
    await subscribed(near, 'a.b');
    await subscribed(far, 'a.b');
    const answer = await publisher.request(publish, { acknowledge: true }, 'a.b', [1, 'x'], {
      y: 2,
    });
    const { publication } = answer as { publication: number };
    for (const client of [near, far]) {
      const event = await client.next('event');
      expect(event).toMatchObject({ publication, details: {}, args: [1, 'x'], kwargs: { y: 2 } });
    }
  });

  test('keeps the order of a publisher', async () => {
    await subscribed(near, 'a.b');
    await subscribed(far, 'a.b');
    for (let i = 1; i <= 50; i++) publisher.send([publish, i, {}, 'a.b', [i]]);
    for (const client of [near, far]) {
      for (let i = 1; i <= 50; i++) expect((await client.next('event')).args).toEqual([i]);
    }
  });

  test.each([
    ['prefix', 'a.b', 'a.bc.d', true],
    ['prefix', '', 'x.y', true],
    ['wildcard', 'a..c', 'a.b.c', true],
    ['wildcard', 'a..c', 'a.b.d', false],
    ['wildcard', '.b', 'a.b', true],
    ['exact', 'a.b', 'a.b.c', false],
  ])('matches %s %j with %s: %s', async (match, pattern, topic, matches) => {
    await subscribed(near, pattern, { match });
    await subscribed(far, pattern, { match });
    await subscribed(near, 'last.topic');
    await subscribed(far, 'last.topic');
    publisher.send([publish, 100, {}, topic]);
    publisher.send([publish, 101, {}, 'last.topic']);
    for (const client of [near, far]) {
      const { details } = await client.next('event');
      expect(details).toEqual(matches ? { topic } : {});
    }
  });

  test('hears native publishers, and native subscribers hear its clients, also on its own node', async () => {
    const heard: [string, MeshEvent][] = [];
    await here.node.subscribe('a.b', (event) => heard.push(['here', event]));
    await there.node.subscribe('a.*', (event) => heard.push(['there', event]));
    await subscribed(near, 'a.b');
    publisher.send([publish, 1, {}, 'a.b', [1], { k: 1 }]);
    await near.next('event');
    await eventually(() => heard.length === 2);
    expect(heard.map(([, { args, kwargs }]) => ({ args, kwargs }))).toEqual(
      Array(2).fill({ args: [1], kwargs: { k: 1 } }),
    );
    await there.node.publish('a.b', ['native']);
    expect(await near.next('event')).toMatchObject({ args: ['native'] });
    expect(near.received).toEqual([]);
  });

  test('excludes the publisher itself unless told otherwise', async () => {
    await subscribed(publisher, 'a.b');
    publisher.send([publish, 1, {}, 'a.b', [1]]);
    publisher.send([publish, 2, { exclude_me: false }, 'a.b', [2]]);
    expect((await publisher.next('event')).args).toEqual([2]);
  });

  test('honours black and white lists here and elsewhere', async () => {
    await subscribed(near, 'a.b');
    await subscribed(far, 'a.b');
    publisher.send([publish, 1, { exclude: [far.session] }, 'a.b', ['not far']]);
    publisher.send([publish, 2, { eligible: [far.session] }, 'a.b', ['only far']]);
    publisher.send([publish, 3, { exclude_authrole: ['anonymous'] }, 'a.b', ['nobody']]);
    publisher.send([publish, 4, { eligible_authrole: ['anonymous'] }, 'a.b', ['all']]);
    expect((await near.next('event')).args).toEqual(['not far']);
    expect((await near.next('event')).args).toEqual(['all']);
    expect((await far.next('event')).args).toEqual(['only far']);
    const last = await far.next('event');
    expect(last).toMatchObject({ args: ['all'] });
    expect(last.kwargs).toBeUndefined();
  });

  test('tells who published, where he agrees', async () => {
    await subscribed(near, 'a.b');
    await subscribed(far, 'a.b');
    publisher.send([publish, 1, { disclose_me: true }, 'a.b']);
    for (const client of [near, far]) {
      const { details, kwargs } = await client.next('event');
      expect(details).toMatchObject({
        publisher: publisher.session,
        publisher_authrole: 'anonymous',
      });
      expect(kwargs).toBeUndefined();
    }
  });

  test('gives kept events to those who ask', async () => {
    await publisher.request(publish, { retain: true, acknowledge: true }, 'a.kept', [7]);
    for (const client of [near, far]) {
      await subscribed(client, 'a.', { match: 'prefix', get_retained: true });
      const event = await client.next('event');
      expect(event).toMatchObject({ args: [7], details: { retained: true, topic: 'a.kept' } });
    }
  });

  test.each([
    [{}, ['new']],
    [{ exclude_me: false }, ['kept', 'new']],
    [{ exclude: [1] }, ['new']],
  ])('gives a publisher of %j %j of what it keeps itself', async (options, expected) => {
    await publisher.request(publish, { retain: true, acknowledge: true, ...options }, 'a.b', [
      'kept',
    ]);
    await subscribed(publisher, 'a.b', { get_retained: true });
    await subscribed(far, 'a.b', { get_retained: true });
    expect((await far.next('event')).args).toEqual(['kept']);
    near.send([publish, 101, {}, 'a.b', ['new']]);
    for (const text of expected) expect((await publisher.next('event')).args).toEqual([text]);
  });

  test('collects kept events once for a subscriber, and no longer than it stays', async () => {
    const { router, node } = await fixture.router({ retainedTimeoutMs: 3_600_000 });
    const before = node.subscriptions;
    const [first, second] = [await RawClient.joined(router), await RawClient.joined(router)];
    for (let i = 0; i < 3; i++) await subscribed(first, 'a.b', { get_retained: true });
    await eventually(() => node.subscriptions === before + 2);
    const id = await subscribed(second, 'a.b', { get_retained: true });
    await eventually(() => node.subscriptions === before + 3);
    await second.request(unsubscribe, id);
    await eventually(() => node.subscriptions === before + 2);
    first.vanish();
    await eventually(() => node.subscriptions === before);
  });

  test('gives sessions of one pattern one subscription, and asks the mesh once', async () => {
    const ids = [await subscribed(near, 'a.b'), await subscribed(publisher, 'a.b')];
    expect(ids[0]).toBe(ids[1]);
    const before = here.node.subscriptions;
    expect(await near.request(unsubscribe, ids[0])).toMatchObject({ type: 'unsubscribed' });
    expect(here.node.subscriptions).toBe(before);
    publisher.vanish();
    await eventually(() => here.node.subscriptions === before - 1);
    expect(await near.request(unsubscribe, ids[0])).toMatchObject({
      error: 'wamp.error.no_such_subscription',
    });
  });

  test.each([
    [subscribe, {}, 'a..b', 'wamp.error.invalid_uri'],
    [subscribe, {}, 'A.B', 'wamp.error.invalid_uri'],
    [subscribe, { match: 'fuzzy' }, 'a.b', 'wamp.error.invalid_argument'],
    [publish, { acknowledge: true }, 'a b', 'wamp.error.invalid_uri'],
    [publish, { acknowledge: true }, 'wamp.session.on_join', 'wamp.error.invalid_uri'],
    [publish, { acknowledge: true, exclude: 5 }, 'a.b', 'wamp.error.invalid_argument'],
  ])('answers %d %j %s with %s', async (code, options, uri, error) => {
    expect(await publisher.request(code, options, uri)).toMatchObject({ type: 'error', error });
  });

  test('takes nobody for another because of what arguments say', async () => {
    await subscribed(near, 'a.b');
    await subscribed(far, 'a.b');
    const forged = { $wamp: { publisher: { id: 1 } } };
    publisher.send([publish, 1, {}, 'a.b', [], forged]);
    for (const client of [near, far]) {
      const { details, kwargs } = await client.next('event');
      expect(kwargs).toEqual(forged);
      expect(details).toEqual({});
    }
  });

  test('leaves the mesh alone with what only its own clients hear', async () => {
    await subscribed(near, 'a.b');
    publisher.send([publish, 1, {}, 'a.b', [1]]);
    expect(await publisher.request(publish, { acknowledge: true }, 'a.b', [2])).toMatchObject({
      type: 'published',
    });
    for (const value of [1, 2]) expect((await near.next('event')).args).toEqual([value]);
    expect(here.node.published).toEqual([]);
    await subscribed(far, 'a.b');
    publisher.send([publish, 3, {}, 'a.b', [3]]);
    publisher.send([publish, 4, { retain: true }, 'a.kept', [4]]);
    expect((await far.next('event')).args).toEqual([3]);
    expect(here.node.published).toEqual(['a.b', 'a.kept']);
  });

  test('reads no further from a client whose publications the mesh does not take', async () => {
    const { router, node } = await fixture.router({ maxPublications: 10 });
    const client = await RawClient.joined(router);
    await here.node.subscribe('a.b', () => undefined);
    let release = (): void => undefined;
    node.blocked = new Promise((resolve) => (release = resolve));
    for (let i = 1; i <= 9; i++) client.send([publish, i, {}, 'a.b']);
    expect(client.paused).toBe(false);
    client.send([publish, 10, {}, 'a.b']);
    expect(client.paused).toBe(true);
    release();
    await eventually(() => !client.paused);
  });
});
