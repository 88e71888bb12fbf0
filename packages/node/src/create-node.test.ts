import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  AbortedError,
  InvalidArgumentError,
  type Member,
  NotRunningError,
  TimeoutError,
} from '@macula/core';
import type { Signer } from '@macula/identity';
import type { TopicEvent } from '@macula/pubsub';
import { NoSuchProcedureError } from '@macula/rpc';
import { Registry } from 'prom-client';
import { heardLogger } from '../test/heard-logger.ts';
import { realm, Simulation } from '../test/simulation.ts';
import { createNode } from './create-node.ts';
import type { MaculaNode } from './macula-node.ts';
import type { NodeOptions } from './node-options.ts';
import { prometheusMetrics } from './prometheus-metrics.ts';

let simulation: Simulation;

beforeEach(() => {
  simulation = new Simulation();
});

afterEach(async () => {
  expect(await simulation.close()).toBe(0);
});

async function threeNodes(): Promise<[MaculaNode, MaculaNode, MaculaNode]> {
  const seed = await simulation.start();
  const home = await simulation.start([seed]);
  const utility = await simulation.start([seed]);
  return [seed, home, utility];
}

describe('three nodes', () => {
  it('have joined when they have been created: the last one calls and publishes at once', async () => {
    const seed = await simulation.start();
    const home = await simulation.start([seed]);
    const heard: TopicEvent[] = [];
    await home.subscribe('be.cortexiq.home.*.measured', (event) => heard.push(event));
    await home.register('be.cortexiq.home.get_status', ([id]) => ({ id, status: 'ok' }));

    const utility = await simulation.start([seed]);
    expect(utility.members()).toHaveLength(2);
    const call = utility.call('be.cortexiq.home.get_status', ['home_001'], { timeout: 2_000 });
    expect(await simulation.clock.complete(call)).toEqual({ id: 'home_001', status: 'ok' });
    await utility.publish('be.cortexiq.home.home_001.measured', { production_w: 3_500 });
    await simulation.clock.advance(10);
    expect(heard.map(({ kwargs }) => kwargs)).toEqual([{ production_w: 3_500 }]);
  });

  it('see an event published anywhere, by callback and by iterator', async () => {
    const nodes = await threeNodes();
    const events = await nodes[1].subscribe('be.cortexiq.**');
    const heard: unknown[] = [];
    await nodes[2].subscribe('be.cortexiq.**', ({ payload }) => heard.push(payload));
    await simulation.clock.advance(10);
    await nodes[0].publish('be.cortexiq.simulation.time.advanced', 42);
    await simulation.clock.advance(10);
    const { value } = await simulation.clock.complete(events.next());
    expect(value?.payload).toBe(42);
    expect(heard).toEqual([42]);
    await events.return();
  });

  it('refuse to subscribe with what is neither a handler nor options', async () => {
    const [seed] = await threeNodes();
    for (const wrong of [5, null, 'be.y', true]) {
      const subscribed = seed.subscribe('be.x', wrong as never);
      await expect(subscribed).rejects.toThrow(InvalidArgumentError);
      await expect(subscribed).rejects.toThrow(`not ${String(wrong)}`);
    }
    expect(seed.health().subscriptions).toBe(0);
  });

  it('talk by streams', async () => {
    const [, home, utility] = await threeNodes();
    await home.registerStream('be.cortexiq.home.count', async (stream) => {
      for await (const item of stream) await stream.send((item as number) * 2);
      return 'done';
    });
    await simulation.clock.advance(10);
    const stream = await simulation.clock.complete(utility.openStream('be.cortexiq.home.count'));
    await stream.send(21);
    stream.end();
    const answers: unknown[] = [];
    const reading = (async () => {
      for await (const answer of stream) answers.push(answer);
      return stream.result;
    })();
    expect(await simulation.clock.complete(reading)).toBe('done');
    expect(answers).toEqual([42]);
  });

  it('tell of members who come, change and go', async () => {
    const [seed, home] = await threeNodes();
    const told: string[] = [];
    const unsubscribe = seed.onMembership(({ type, member }) => {
      if (member.id.equals(home.id)) told.push(type);
    });
    home.setMetadata({ role: 'home' });
    await simulation.clock.advance(1_000);
    await simulation.clock.complete(home.stop());
    await simulation.clock.advance(10);
    unsubscribe();
    expect(told).toEqual(['updated', 'left']);
    expect(seed.members()).toHaveLength(1);
  });

  it('find what a node offers and wants as soon as that is confirmed', async () => {
    const [seed, home, utility] = await threeNodes();
    const { clock } = simulation;
    const registration = await home.register('be.x', () => 1);
    await clock.complete(registration.confirmed());
    expect(await clock.complete(utility.call('be.x'))).toBe(1);

    const heard: unknown[] = [];
    const subscription = await home.subscribe('be.t', ({ payload }) => heard.push(payload));
    await clock.complete(subscription.confirmed());
    await clock.complete(utility.publish('be.t', 'first', { qos: 1 }));
    expect(heard).toEqual(['first']);

    const stream = await home.subscribe('be.t');
    await clock.complete(stream.confirmed());
    const heal = simulation.network.partition([home.id], [seed.id, utility.id]);
    const unheard = await home.register('be.y', () => 1);
    await expect(clock.complete(unheard.confirmed({ timeout: 1_000 }))).rejects.toThrow(
      TimeoutError,
    );
    heal();
    await clock.complete(unheard.confirmed());
    expect(await clock.complete(utility.call('be.y'))).toBe(1);
  });

  it('forget what a node offered when it stops', async () => {
    const [seed, home, utility] = await threeNodes();
    await home.register('be.cortexiq.home.get_status', () => 'ok');
    await simulation.clock.advance(10);
    await simulation.clock.complete(home.stop());
    await simulation.clock.advance(10);
    expect(seed.health().directory.peers).toBe(0);
    const call = utility.call('be.cortexiq.home.get_status', [], { timeout: 1_000 });
    await expect(simulation.clock.complete(call)).rejects.toThrow(NoSuchProcedureError);
  });

  it('survive the end of their seed', async () => {
    const [seed, home, utility] = await threeNodes();
    await home.register('be.cortexiq.home.get_status', () => 'still here');
    simulation.crash(seed);
    await simulation.clock.advance(30_000);
    const call = utility.call('be.cortexiq.home.get_status');
    expect(await simulation.clock.complete(call)).toBe('still here');
    expect(home.members()).toHaveLength(1);
  });
});

describe('health', () => {
  it('is a snapshot that JSON can carry', async () => {
    const [seed, home] = await threeNodes();
    const subscription = await home.subscribe('be.cortexiq.home.measured', () => undefined);
    await home.subscribe('be.cortexiq.**', () => undefined);
    const registration = await home.register('be.cortexiq.home.get_status', () => 1);
    expect(registration).toMatchObject({
      procedure: 'be.cortexiq.home.get_status',
      match: 'exact',
      invoke: 'single',
      active: true,
    });
    expect(registration.id).not.toBe('');
    await simulation.clock.advance(1_000);
    const health = home.health();
    expect(JSON.parse(JSON.stringify(health))).toEqual(health);
    expect(health).toMatchObject({
      status: 'joined',
      id: home.id.key,
      realm,
      addresses: ['10.0.0.2:4433'],
      links: 2,
      members: { alive: 2, suspect: 0 },
      subscriptions: 2,
      registrations: 1,
    });
    expect(health.uptime).toBeGreaterThan(1);
    expect(seed.health().directory.peers).toBe(health.directory.self);
    await subscription.unsubscribe();
    await simulation.clock.complete(registration.unregister());
    expect(home.health()).toMatchObject({ subscriptions: 1, registrations: 0 });
  });

  it('says when a node is alone, and when it has stopped', async () => {
    const node = await simulation.start();
    expect(node.health().status).toBe('alone');
    await simulation.clock.complete(node.stop());
    expect(node.health().status).toBe('stopped');
  });

  it('counts a thousand subscriptions that came and went', async () => {
    const node = await simulation.start();
    for (let i = 0; i < 1_000; i++) {
      const subscription = await node.subscribe(`a.b${i}`, () => undefined);
      if (i % 10 !== 0) await subscription.unsubscribe();
    }
    expect(node.health().subscriptions).toBe(100);
  });
});

describe('joining', () => {
  it('resolves without the mesh when no bootstrap node answers, and goes on trying', async () => {
    const logger = heardLogger();
    const node = await simulation.start([], {
      bootstrap: ['10.9.9.9:4433'],
      logger,
      joinTimeout: 2_000,
    });
    expect(simulation.clock.now()).toBeLessThan(2_100);
    expect(logger.lines).toContain('warn not joined completely after 2000 ms, will keep trying');
    await expect(simulation.clock.complete(node.joined({ timeout: 500 }))).rejects.toThrow(
      TimeoutError,
    );
    const late = await simulation.place({ addresses: [{ host: '10.9.9.9', port: 4433 }] });
    await simulation.start([], {}, late);
    await simulation.clock.complete(node.joined({ timeout: 40_000 }));
    expect(node.members()).toHaveLength(1);
  });

  it('does not wait when told so', async () => {
    await simulation.start([], { bootstrap: ['10.9.9.9:4433'], joinTimeout: 0 });
    expect(simulation.clock.now()).toBe(0);
  });

  it('is possible through the members of an earlier life, without a bootstrap node', async () => {
    const [seed, home, utility] = await threeNodes();
    await home.register('be.cortexiq.home.get_status', () => 'ok');
    await simulation.clock.advance(100);
    const snapshot = utility.members();
    await simulation.clock.complete(utility.stop());
    simulation.crash(seed);
    const again = await simulation.start([], { membership: { snapshot } });
    const known = (): boolean => again.members().some(({ id }) => id.equals(home.id));
    expect(known()).toBe(true);
    await simulation.clock.runUntil(() => home.members().some(({ id }) => id.equals(again.id)));
    await simulation.clock.runUntil(() => again.members().length === 1);
    expect(known()).toBe(true);
    expect(await simulation.clock.complete(again.call('be.cortexiq.home.get_status'))).toBe('ok');
  });

  it('can be given up', async () => {
    const abort = new AbortController();
    const { links, identity } = await simulation.place();
    const creating = createNode({
      realm,
      bootstrap: ['10.9.9.9:4433'],
      links,
      identity,
      clock: links.clock,
      signal: abort.signal,
      environment: {},
    });
    const outcome = expect(creating).rejects.toThrow(AbortedError);
    await simulation.clock.advance(100);
    abort.abort();
    await simulation.clock.advance(100);
    await outcome;
    expect(links.clock.pendingTimers).toBe(0);
    const options = { realm, links, identity, environment: {}, signal: AbortSignal.abort() };
    await expect(createNode(options)).rejects.toThrow(AbortedError);
  });

  it('refuses what cannot work before it starts anything', async () => {
    await expect(createNode({ environment: {} })).rejects.toThrow(InvalidArgumentError);
    const { links, identity } = await simulation.place();
    const make = (options: NodeOptions) =>
      createNode({ realm, links, environment: {}, ...options });
    await expect(make({ identity, membership: { gossipNodes: -1 } })).rejects.toThrow(
      'gossipNodes',
    );
    const snapshot = [{ id: identity.nodeId.key }] as unknown as Member[];
    await expect(make({ identity, membership: { snapshot } })).rejects.toThrow(
      'must be a member, as members() gives them',
    );
    await expect(make({})).rejects.toThrow('option identity beside it');
    const { nodeId, publicKey } = identity;
    const signer: Signer = { nodeId, publicKey, sign: (data) => identity.sign(data) };
    await expect(createNode({ realm, identity: signer, environment: {} })).rejects.toThrow(
      'option identity has no certificate',
    );
    const stranger = await simulation.place();
    await expect(make({ identity: stranger.identity })).rejects.toThrow('give the two of one node');
  });
});

describe('stop', () => {
  it('is idempotent, and everything afterwards is refused', async () => {
    const logger = heardLogger();
    const node = await simulation.start([], { logger });
    const stopping = node.stop();
    expect(node.stop()).toBe(stopping);
    await simulation.clock.complete(stopping);
    expect(logger.lines.at(-1)).toBe('info node stopped');
    await expect(node.publish('a.b', 1)).rejects.toThrow(NotRunningError);
    await expect(node.subscribe('a.b')).rejects.toThrow(NotRunningError);
    await expect(node.call('a.b')).rejects.toThrow(NotRunningError);
    await expect(node.register('a.b', () => 1)).rejects.toThrow(NotRunningError);
  });

  it('ends everything else where one part does not stop in good order', async () => {
    const logger = heardLogger();
    const { links, identity } = await simulation.place();
    const node = await simulation.start([], { logger }, { links, identity });
    jest.spyOn(node.rpc, 'stop').mockRejectedValueOnce(new Error('stuck'));
    await simulation.clock.complete(node.stop());
    expect(logger.lines).toContain('error a part of the node did not stop in good order');
    await expect(node.publish('a.b', 1)).rejects.toThrow(NotRunningError);
    await simulation.clock.complete(node.rpc.stop());
  });
});

describe('draining', () => {
  /** A node that answers after `workMs`, a call of it under way, and the node being stopped. */
  async function stopAtWork(workMs: number, options = {}) {
    const seed = await simulation.start();
    const worker = await simulation.start([seed], options);
    await worker.register('be.cortexiq.work', async () => {
      await new Promise<void>((resolve) => simulation.clock.setTimer(resolve, workMs));
      return 'done';
    });
    await simulation.clock.advance(10);
    const outcome = seed.call('be.cortexiq.work').then(String, (error: Error) => error.name);
    await simulation.clock.advance(10);
    const began = simulation.clock.now();
    const stopping = worker.stop();
    const refused = seed.call('be.cortexiq.work').catch((error: Error) => error.name);
    await simulation.clock.complete(stopping);
    return {
      outcome: await simulation.clock.complete(outcome),
      refused: await simulation.clock.complete(refused),
      tookMs: simulation.clock.now() - began,
    };
  }

  it('lets handlers finish, and takes no new calls', async () => {
    const { outcome, refused, tookMs } = await stopAtWork(500);
    expect(outcome).toBe('done');
    expect(refused).toBe('NoSuchProcedureError');
    expect(tookMs).toBeLessThan(600);
  });

  it('does not wait for ever', async () => {
    const logger = heardLogger();
    const { outcome } = await stopAtWork(60_000, { drainTimeout: 1_000, logger });
    expect(outcome).toBe('CallError');
    expect(simulation.clock.now()).toBeLessThan(10_000);
    expect(logger.lines).toContain('warn stopping while call handlers are at work');
    // The handler's own timer is not the node's to end.
    await simulation.clock.advance(60_000);
  });
});

describe('metrics', () => {
  it('of all layers can be scraped', async () => {
    const registry = new Registry();
    const seed = await simulation.start([], { metrics: prometheusMetrics(registry) });
    await simulation.start([seed]);
    const text = await registry.metrics();
    expect(text).toContain('macula_swim_members{status="alive"} 1');
    expect(text).toContain('macula_dht_contacts 1');
    expect(text).toMatch(/macula_pubsub_\w+/);
    expect(text).toMatch(/macula_rpc_\w+/);
  });

  it('tell nothing any more of a node that has stopped, and keep what was counted', async () => {
    const registry = new Registry();
    const metrics = prometheusMetrics(registry);
    const seed = await simulation.start([], { metrics });
    const other = await simulation.start([seed], { metrics });
    await other.subscribe('be.x', () => undefined);
    expect(await registry.metrics()).toContain('macula_pubsub_subscriptions 1');
    await simulation.clock.complete(other.stop());
    const text = await registry.metrics();
    expect(text).toContain('macula_pubsub_subscriptions 0');
    expect(text).toMatch(/macula_swim_changes_total\{type="joined"\} 2/);
  });
});
