import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Mesh, type MeshNode } from '../test/mesh.ts';
import type { PublishOptions, SubscribeOptions } from './index.ts';

let mesh: Mesh;
let node: MeshNode;
let heard: string[];

beforeEach(async () => {
  mesh = new Mesh();
  node = await mesh.node();
  heard = [];
});

afterEach(async () => {
  await mesh.stop();
  expect(mesh.network.failures).toEqual([]);
  expect(mesh.pendingTimers).toBe(0);
});

async function subscribe(name: string, options: SubscribeOptions, on = node): Promise<void> {
  await on.pubsub.subscribe(
    'a.b',
    ({ payload }) => heard.push(`${name} ${String(payload)}`),
    options,
  );
}

async function publish(value: unknown, options?: PublishOptions): Promise<void> {
  await mesh.clock.complete(node.pubsub.publish('a.b', value, options));
  await mesh.settle();
}

describe('participants of one node', () => {
  const clients = {};
  const bridge = {};

  it('hear each other and the node, and not themselves', async () => {
    await subscribe('node', {});
    await subscribe('clients', { participant: clients });
    await subscribe('bridge', { participant: bridge });
    await mesh.settle();
    await publish(1, { participant: clients });
    expect(heard.splice(0).sort()).toEqual(['bridge 1', 'node 1']);
    await publish(2, { participant: bridge });
    expect(heard.splice(0).sort()).toEqual(['clients 2', 'node 2']);
    await publish(3);
    expect(heard.splice(0).sort()).toEqual(['bridge 3', 'clients 3']);
  });

  it('hear themselves where they say so', async () => {
    await subscribe('clients', { participant: clients });
    await subscribe('bridge', { participant: bridge });
    await mesh.settle();
    await publish(1, { participant: clients, excludeSelf: false });
    expect(heard.sort()).toEqual(['bridge 1', 'clients 1']);
  });

  it('are one to other nodes, each of which gets one copy', async () => {
    const other = await mesh.node();
    await subscribe('other', { participant: clients }, other);
    await subscribe('other bridge', { participant: bridge }, other);
    await mesh.settle();
    await publish(1, { participant: clients });
    expect(heard.sort()).toEqual(['other 1', 'other bridge 1']);
    expect(node.metrics.value('sent')).toBe(1);
  });

  it('get events in the order of their publisher, however these are published', async () => {
    await subscribe('bridge', { participant: bridge });
    await mesh.settle();
    const publications = [1, 2, 3, 4].map((value) =>
      node.pubsub.publish('a.b', value, {
        participant: clients,
        qos: value % 2 === 0 ? 1 : 0,
      }),
    );
    await mesh.clock.complete(Promise.all(publications));
    await mesh.settle();
    expect(heard).toEqual(['bridge 1', 'bridge 2', 'bridge 3', 'bridge 4']);
  });

  it('that come later get what others have kept, and not what they have kept themselves', async () => {
    await publish(1, { participant: clients, retain: true });
    await subscribe('clients', { participant: clients, getRetained: true });
    await subscribe('bridge', { participant: bridge, getRetained: true });
    await mesh.settle();
    expect(heard).toEqual(['bridge 1']);
  });

  it('know an acknowledged event handled once handlers on the same node have run', async () => {
    let release = (): void => undefined;
    await node.pubsub.subscribe('a.b', () => new Promise<void>((resolve) => (release = resolve)), {
      participant: bridge,
    });
    await mesh.settle();
    let done = false;
    const publishing = node.pubsub
      .publish('a.b', 1, { participant: clients, qos: 1 })
      .then(() => (done = true));
    await mesh.settle();
    expect(done).toBe(false);
    release();
    await mesh.clock.complete(publishing);
    expect(done).toBe(true);
  });

  it('can ask beforehand whether anybody else would hear them', async () => {
    const { pubsub } = node;
    const isHeard = (participant?: object): boolean =>
      pubsub.isHeard('a.b', participant && { participant });
    // Nothing is known until the directory has answered.
    expect(isHeard(clients)).toBe(true);
    await mesh.settle();
    expect([isHeard(clients), isHeard()]).toEqual([false, false]);
    await subscribe('clients', { participant: clients });
    expect([isHeard(clients), isHeard()]).toEqual([false, true]);
    expect(pubsub.isHeard('a.b', { participant: clients, excludeSelf: false })).toBe(true);
    const other = await mesh.node();
    await subscribe('other', {}, other);
    await mesh.settle();
    expect([isHeard(clients), isHeard()]).toEqual([true, true]);
    await other.pubsub.stop();
    await mesh.settle();
    expect(isHeard(clients)).toBe(false);
    expect(pubsub.isHeard('not..valid')).toBe(true);
    await pubsub.stop();
    expect(isHeard(clients)).toBe(true);
  });
});
