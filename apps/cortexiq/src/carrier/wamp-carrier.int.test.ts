import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock, systemRandom, TimeoutError } from '@macula/core';
import { eventually } from '@macula/testkit';
import { ScriptedRouter } from '../../test/scripted-router.ts';
import { Traffic } from '../roles/traffic.ts';
import type { Carrier } from './carrier.ts';
import { Refusal, UnconfirmedError } from './carrier-errors.ts';
import { openWampCarrier } from './wamp-carrier.ts';

const realm = 'realm1';
const topic = 'be.cortexiq.home.measured';
const procedure = 'be.cortexiq.home.get_status';
const patient = { timeout: 5_000 };

let router: ScriptedRouter;
let ended: AbortController;
let failures: unknown[];
let carriers: Carrier[];

beforeEach(async () => {
  router = await ScriptedRouter.start();
  ended = new AbortController();
  failures = [];
  carriers = [];
});

afterEach(async () => {
  ended.abort();
  await Promise.all(carriers.map((carrier) => carrier.close()));
  await router.kill();
});

async function open(): Promise<Carrier> {
  const fail = (error: unknown): void => void failures.push(error);
  const deps = { clock: systemClock, random: systemRandom, signal: ended.signal, fail };
  const carrier = await openWampCarrier(deps, { url: router.url, realm });
  carriers.push(carrier);
  return carrier;
}

describe('a client of a WAMP router', () => {
  it('publishes the fields of a message as named arguments, and waits for the acknowledgement', async () => {
    const carrier = await open();
    await carrier.publish(topic, { home_id: 'home_001', production_w: 3_500 });
    expect(router.published).toEqual([[topic, [], { home_id: 'home_001', production_w: 3_500 }]]);
  });

  it('hears events: the named arguments, or the first', async () => {
    const carrier = await open();
    const heard: unknown[] = [];
    await carrier.subscribe(topic, (message) => heard.push(message));
    router.event(topic, [], { hour_index: 1 });
    router.event(topic, ['an hour'], {});
    router.event(topic, [], {});
    router.event(topic, null, null);
    await eventually(() => heard.length === 4);
    expect(heard).toEqual([{ hour_index: 1 }, 'an hour', undefined, undefined]);
  });

  it('tells of a handler that fails, and hears what comes next', async () => {
    const carrier = await open();
    const heard: unknown[] = [];
    const wrong = new Error('no such hour');
    await carrier.subscribe(topic, async (message) => {
      if (message === 'wrong') throw wrong;
      heard.push(message);
    });
    router.event(topic, ['wrong'], {});
    router.event(topic, ['right'], {});
    await eventually(() => heard.length === 1);
    expect(failures).toEqual([wrong]);
  });

  it('serves: a result, an error of its own choice, and any other', async () => {
    const carrier = await open();
    await carrier.register(
      procedure,
      (value) => {
        const { home_id: home } = value as { home_id: string };
        if (home === 'nobody') throw new Refusal('be.cortexiq.error.no_such_home', ['nobody']);
        if (home === 'broken') throw new Error('out of order');
        return { home_id: home, battery_wh: 7 };
      },
      { shared: true },
    );
    expect(await router.invoke(procedure, { home_id: 'home_001' })).toEqual({
      args: [],
      kwargs: { home_id: 'home_001', battery_wh: 7 },
    });
    expect(await router.invoke(procedure, { home_id: 'nobody' })).toMatchObject({
      error: 'be.cortexiq.error.no_such_home',
      args: ['nobody'],
    });
    expect(await router.invoke(procedure, { home_id: 'broken' })).toMatchObject({
      error: 'wamp.error.runtime_error',
      args: ['out of order'],
    });
  });

  it('calls, and gets the answer or the error as it was given', async () => {
    const carrier = await open();
    router.outcome = { battery_wh: 7 };
    expect(await carrier.call(procedure, { home_id: 'home_001' }, patient)).toEqual(router.outcome);
    expect(router.called).toEqual([[procedure, [], { home_id: 'home_001' }]]);
    router.outcome = 'be.cortexiq.error.no_such_home';
    const refused = carrier.call(procedure, {}, patient);
    await expect(refused).rejects.toBeInstanceOf(Refusal);
    await expect(refused).rejects.toMatchObject({
      uri: router.outcome,
      args: ['said so'],
      kwargs: { code: 7 },
    });
  });

  it('waits for an answer no longer than it is told to', async () => {
    const carrier = await open();
    router.answers = false;
    const call = carrier.call(procedure, {}, { timeout: 20 });
    await expect(call).rejects.toBeInstanceOf(TimeoutError);
  });

  it.each(['closed', 'slammed'] as const)('is not one where the door is %s', async (door) => {
    router.door = door;
    await expect(open()).rejects.toBeInstanceOf(Refusal);
  });

  it('says where it found no router', async () => {
    await router.kill();
    await expect(open()).rejects.toMatchObject({ uri: 'wamp.error.network_failure' });
    await router.restart();
  });
});

describe('a client whose router goes and comes back', () => {
  async function withNames(): Promise<Carrier> {
    const carrier = await open();
    await carrier.subscribe(topic, () => undefined);
    await carrier.register(procedure, () => ({}), { shared: false });
    return carrier;
  }

  it('has what it had, and publishes what has waited meanwhile', async () => {
    const carrier = await withNames();
    await router.kill();
    const publishing = new Traffic(carrier).publish(topic, { hour_index: 1 });
    await router.restart();
    await publishing;
    expect(router.names).toEqual([topic, procedure]);
    expect(router.published).toHaveLength(1);
    expect(router.sessions).toBe(2);
    expect(await router.invoke(procedure, {})).toMatchObject({ kwargs: {} });
  });

  it('does the same when the router said goodbye', async () => {
    await withNames();
    router.goodbye();
    await eventually(() => router.sessions === 2 && router.names.length === 2);
  });

  it('goes on trying while the router lets nobody in', async () => {
    await withNames();
    await router.kill();
    router.door = 'closed';
    await router.restart();
    await eventually(() => router.turnedAway === 2);
    router.door = 'open';
    await eventually(() => router.sessions === 2 && router.names.length === 2);
  });

  it('does not know whether an event has arrived that was not acknowledged, and says so', async () => {
    const carrier = await open();
    router.answers = false;
    const publishing = carrier.publish(topic, { hour_index: 1 });
    publishing.catch(() => undefined);
    await eventually(() => router.published.length === 1);
    await router.kill();
    await expect(publishing).rejects.toBeInstanceOf(UnconfirmedError);
    await router.restart();
  });

  it('answers calls at once that have no router to go to', async () => {
    const carrier = await open();
    await router.kill();
    await expect(carrier.call(procedure, {}, patient)).rejects.toMatchObject({
      uri: 'wamp.error.network_failure',
    });
    await router.restart();
  });

  it('stays away once it is closed, also when it is just coming back', async () => {
    const carrier = await open();
    await router.kill();
    await carrier.close();
    await router.restart();
    const other = await open();
    await other.publish(topic, {});
    expect(router.sessions).toBe(2);
  });
});
