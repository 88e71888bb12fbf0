import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AbortedError, LimitExceededError, NotRunningError } from '@macula/core';
import { FrameKind, FrameWriter } from '@macula/wire';
import { Cluster, type ClusterNode, valuesAt } from '../test/cluster.ts';
import { keyOf, value } from '../test/entry-fixtures.ts';
import { digestFrame, entriesFrame, readEntries } from './directory-frames.ts';

let cluster: Cluster;
const key = keyOf('topic');

beforeEach(() => {
  cluster = new Cluster();
});

afterEach(async () => {
  expect(await cluster.close()).toBe(0);
});

async function everywhere(nodes: readonly ClusterNode[], at = key): Promise<string[][]> {
  return Promise.all(nodes.map((node) => valuesAt(node, at)));
}

const framesSent = (kind: number): number =>
  cluster.network.stats.total.sentByKind.get(kind)?.frames ?? 0;

describe('announcements', () => {
  it('are seen by five nodes one network delay later, and so are updates and withdrawals', async () => {
    const nodes = await cluster.startMany(5);
    const announcement = nodes[0]!.directory.announce(key, value('one'));
    expect(await valuesAt(nodes[0]!, key)).toEqual(['one']);
    await cluster.clock.advance(1);
    expect(await everywhere(nodes)).toEqual(Array(5).fill(['one']));
    announcement.update(value('two'));
    await cluster.clock.advance(1);
    expect(await everywhere(nodes)).toEqual(Array(5).fill(['two']));
    announcement.withdraw();
    announcement.withdraw();
    await cluster.clock.advance(1);
    expect(await everywhere(nodes)).toEqual(Array(5).fill([]));
    expect(() => announcement.update(value('three'))).not.toThrow();
  });

  it('of several nodes, and several of one, stand beside each other under one key', async () => {
    const nodes = await cluster.startMany(3);
    for (const [i, { directory }] of nodes.entries()) {
      directory.announce(key, value(`a${i}`));
      directory.announce(key, value(`b${i}`));
    }
    await cluster.clock.advance(1);
    const all = ['a0', 'a1', 'a2', 'b0', 'b1', 'b2'];
    expect(await everywhere(nodes)).toEqual([all, all, all]);
    const entries = await nodes[0]!.directory.lookup(key);
    expect(new Set(entries.map(({ node, id }) => node.key + id)).size).toBe(6);
  });

  it('made before start, and before a node joins, reach it when its links open', async () => {
    const first = await cluster.start();
    first.directory.announce(key, value('early'));
    await cluster.startMany(2);
    expect(await everywhere(cluster.nodes)).toEqual(Array(3).fill(['early']));
  });

  it('of one turn travel in one frame per peer', async () => {
    const nodes = await cluster.startMany(5);
    cluster.network.stats.reset();
    for (let i = 0; i < 500; i++) {
      const announcement = nodes[0]!.directory.announce(keyOf(i), value('first'));
      announcement.update(value('second'));
    }
    await cluster.clock.advance(10);
    expect(framesSent(FrameKind.directoryEntries)).toBe(4);
    expect(await valuesAt(nodes[4]!, keyOf(499))).toEqual(['second']);
  });

  it('by the ten thousand arrive, also at a node that joins later', async () => {
    const nodes = await cluster.startMany(2);
    for (let i = 0; i < 10_000; i++) nodes[0]!.directory.announce(keyOf(i % 100), value(i));
    await cluster.clock.advance(100);
    nodes.push(await cluster.start());
    await cluster.clock.advance(2_000);
    for (const node of nodes) expect(await valuesAt(node, keyOf(42))).toHaveLength(100);
  });

  it('are limited in number and size', async () => {
    const { directory } = await cluster.start({ maxEntriesPerNode: 1 });
    directory.announce(key, value('fits'));
    expect(() => directory.announce(key, value('does not'))).toThrow(LimitExceededError);
    expect(() => directory.announce(key, new Uint8Array(4_097))).toThrow(LimitExceededError);
  });
});

describe('a directory is settled', () => {
  it('once it has the listings of all linked peers', async () => {
    const nodes = await cluster.startMany(3);
    for (let i = 0; i < 5_000; i++) nodes[0]!.directory.announce(keyOf(i), value(i));
    cluster.network.change({ bandwidth: 1_000 });
    const joining = await cluster.start();
    await cluster.clock.runUntil(() => [...joining.links.all()].length === 3);
    expect(joining.directory.settled).toBe(false);
    await cluster.clock.runUntil(() => joining.directory.settled);
    expect(joining.directory.size).toEqual({ self: 0, peers: 5_000 });
  });
});

describe('watchers', () => {
  it('hear of every change exactly once, local and remote', async () => {
    const [here, there] = await cluster.startMany(2);
    const heard: string[] = [];
    const watch = here!.directory.watch(key, ({ type, entry }) => {
      heard.push(`${type} ${new TextDecoder().decode(entry.value)}`);
    });
    await watch.ready;
    const own = here!.directory.announce(key, value('own'));
    const remote = there!.directory.announce(key, value('remote'));
    await cluster.clock.advance(1);
    remote.update(value('remote 2'));
    own.withdraw();
    await cluster.clock.advance(1);
    // Several rounds of anti-entropy tell nothing new.
    await cluster.clock.advance(120_000);
    expect(heard).toEqual(['added own', 'added remote', 'removed own', 'updated remote 2']);
    expect([...watch.entries]).toHaveLength(1);
    watch.close();
    remote.withdraw();
    await cluster.clock.advance(10);
    expect(heard).toHaveLength(4);
  });
});

describe('when nodes come and go', () => {
  it('keeps the entries of a suspect, and drops them when it has failed', async () => {
    const [here, there] = await cluster.startMany(2);
    there!.directory.announce(key, value('mortal'));
    await cluster.clock.advance(1);
    cluster.network.crash(there!.id);
    await cluster.clock.runUntil(() => here!.membership.get(there!.id)?.status === 'suspect');
    expect(await valuesAt(here!, key)).toEqual(['mortal']);
    await cluster.clock.runUntil(() => here!.membership.get(there!.id)?.status === 'failed');
    expect(await valuesAt(here!, key)).toEqual([]);
  });

  it('drops the entries of a node that leaves at once', async () => {
    const [here, there] = await cluster.startMany(2);
    there!.directory.announce(key, value('departing'));
    await cluster.clock.advance(1);
    here!.membership.sayLeft(there!.id);
    expect(await valuesAt(here!, key)).toEqual([]);
  });

  it('drops the entries of a peer that never became a member when its link ends', async () => {
    const [node] = await cluster.startMany(1);
    const stranger = cluster.network.node();
    const link = await cluster.clock.complete(stranger.dial(node!.links.localAddresses[0]!));
    const records = [{ number: 1, key: key.bytes, value: value('stray') }];
    link.send(entriesFrame({ epoch: 1, from: 0, to: 1, reset: true, complete: true, records }));
    await cluster.clock.runUntil(() => cluster.network.stats.total.received.frames > 1);
    expect(await valuesAt(node!, key)).toEqual(['stray']);
    node!.membership.sayLeft(stranger.self);
    link.send(entriesFrame({ epoch: 1, from: 0, to: 1, reset: true, complete: true, records }));
    await cluster.clock.complete(link.close());
    await cluster.clock.advance(100);
    expect(await valuesAt(node!, key)).toEqual([]);
  });

  it('converges after a partition in which both sides have changed', async () => {
    const nodes = await cluster.startMany(4);
    const kept = nodes[0]!.directory.announce(key, value('left 1'));
    const dropped = nodes[3]!.directory.announce(key, value('right 1'));
    await cluster.clock.advance(10);
    cluster.network.partition([nodes[0]!.id, nodes[1]!.id], [nodes[2]!.id, nodes[3]!.id]);
    await cluster.clock.advance(60_000);
    expect(await valuesAt(nodes[1]!, key)).toEqual(['left 1']);
    kept.update(value('left 2'));
    dropped.withdraw();
    nodes[2]!.directory.announce(key, value('right 2'));
    await cluster.clock.advance(10);
    cluster.network.heal();
    await cluster.until(async () =>
      (await everywhere(nodes)).every((values) => values.join() === 'left 2,right 2'),
    );
  });

  it('sends only what is missing after a short loss of the link', async () => {
    const nodes = await cluster.startMany(2);
    for (let i = 0; i < 1_000; i++) nodes[0]!.directory.announce(keyOf(i), value('long known'));
    await cluster.clock.advance(100);
    cluster.network.stats.reset();
    void nodes[0]!.links.get(nodes[1]!.id)?.close();
    nodes[0]!.directory.announce(key, value('new'));
    await cluster.until(async () => (await valuesAt(nodes[1]!, key)).length === 1);
    const sent = cluster.network.stats.total.sentByKind.get(FrameKind.directoryEntries);
    expect(sent?.bytes).toBeLessThan(300);
  });

  it('replaces the entries of an earlier life by those of a restarted node', async () => {
    const [here, there] = await cluster.startMany(2);
    there!.directory.announce(key, value('first life'));
    await cluster.clock.advance(1);
    cluster.network.crash(there!.id);
    await cluster.clock.advance(50);
    const heard: string[] = [];
    here!.directory.watch(key, ({ type }) => heard.push(type));
    const reborn = await cluster.start({}, cluster.network.restart(there!.id));
    reborn.directory.announce(key, value('second life'));
    await cluster.until(async () => (await valuesAt(here!, key)).join() === 'second life');
    expect(heard).toEqual(['removed', 'added']);
  });

  it('has a node that remembers too little of itself announce anew', async () => {
    const [here, there] = await cluster.startMany(2);
    const link = there!.links.get(here!.id)!;
    here!.directory.announce(key, value('mine'));
    await cluster.clock.advance(60_000);
    // As if `there` had heard of a later life of `here`.
    const later = Number(here!.membership.self.incarnation) + 1_000;
    const own = { epoch: 1, version: 0 };
    link.send(digestFrame({ own, held: { epoch: later, version: 7 } }));
    await cluster.clock.advance(10);
    const [entry] = await there!.directory.lookup(key);
    expect(new TextDecoder().decode(entry?.value)).toBe('mine');
    cluster.network.stats.reset();
    link.send(digestFrame({ own, held: { epoch: later * 2, version: 7 } }));
    await cluster.clock.advance(10);
    // Not again so soon: a liar must not make a node tell everybody everything all the time.
    expect(framesSent(FrameKind.directoryEntries)).toBeLessThanOrEqual(1);
  });
});

describe('a peer that misbehaves', () => {
  it('cannot push the epoch of another beyond what clocks can explain', async () => {
    const here = await cluster.start();
    here.directory.announce(key, value('mine'));
    const stranger = cluster.network.node();
    const epochs: number[] = [];
    stranger.handle(FrameKind.directoryEntries, (_link, frame) => {
      epochs.push(readEntries(frame).epoch);
    });
    const link = await cluster.clock.complete(stranger.dial(here.links.localAddresses[0]!));
    const inAThousandYears = cluster.clock.wallTime() + 1_000 * 365 * 24 * 3_600_000;
    const own = { epoch: 1, version: 0 };
    link.send(digestFrame({ own, held: { epoch: inAThousandYears, version: 7 } }));
    await cluster.clock.advance(60_000);
    expect(new Set(epochs)).toEqual(new Set([Number(here.membership.self.incarnation)]));
  });

  it.each([
    ['digest', FrameKind.directoryDigest],
    ['entries', FrameKind.directoryEntries],
    ['wanted', FrameKind.directoryWanted],
  ])('loses its link for a %s frame of garbage; the others keep their entries', async (_, kind) => {
    const nodes = await cluster.startMany(2);
    nodes[1]!.directory.announce(key, value('good'));
    const stranger = cluster.network.node();
    const link = await cluster.clock.complete(stranger.dial(nodes[0]!.links.localAddresses[0]!));
    link.send(new FrameWriter().empty().frame(kind, Uint8Array.of(0xff, 0xff, 0xff)));
    await cluster.clock.runUntil(() => link.state === 'closed');
    expect(await valuesAt(nodes[0]!, key)).toEqual(['good']);
    expect(cluster.network.failures).toHaveLength(1);
  });

  it('cannot speak for a third node: what it announces stands in its own name', async () => {
    const [here, there] = await cluster.startMany(2);
    there!.directory.announce(key, value('true'));
    await cluster.clock.advance(1);
    const stranger = cluster.network.node();
    const link = await cluster.clock.complete(stranger.dial(here!.links.localAddresses[0]!));
    const records = [{ number: 1, key: key.bytes, value: value('false') }];
    const batch = { epoch: 2 ** 50, from: 0, to: 9, reset: true, complete: true, records };
    link.send(entriesFrame(batch));
    await cluster.clock.advance(10);
    const entries = await here!.directory.lookup(key);
    expect(entries.map(({ node }) => node.key).sort()).toEqual(
      [there!.id.key, stranger.self.key].sort(),
    );
  });

  it('gets no more room than others: the surplus is ignored', async () => {
    const small = await cluster.start({ maxEntriesPerNode: 10 });
    const large = await cluster.start();
    for (let i = 0; i < 100; i++) large.directory.announce(key, value(i));
    await cluster.clock.advance(2_000);
    expect(await valuesAt(small, key)).toHaveLength(10);
    expect(small.links.get(large.id)?.state).toBe('open');
  });

  it('is asked again when it skips versions', async () => {
    const [here] = await cluster.startMany(1);
    const stranger = cluster.network.node();
    const wanted: number[] = [];
    stranger.handle(FrameKind.directoryWanted, ({ rtt }) => wanted.push(rtt));
    const link = await cluster.clock.complete(stranger.dial(here!.links.localAddresses[0]!));
    const batch = { epoch: 5, from: 3, to: 4, reset: false, complete: true, records: [] };
    link.send(entriesFrame(batch));
    await cluster.clock.advance(10);
    expect(wanted).toHaveLength(1);
  });
});

describe('start and stop', () => {
  it('refuses everything after stop', async () => {
    const { directory } = await cluster.start();
    const announcement = directory.announce(key, value('x'));
    await directory.stop();
    await directory.stop();
    expect(() => directory.announce(key, value('y'))).toThrow(NotRunningError);
    expect(() => announcement.update(value('y'))).toThrow(NotRunningError);
    expect(() => announcement.withdraw()).not.toThrow();
    expect(() => directory.watch(key, () => undefined)).toThrow(NotRunningError);
    await expect(directory.lookup(key)).rejects.toThrow(NotRunningError);
    await expect(directory.start()).rejects.toThrow(NotRunningError);
  });

  it('lets a lookup be aborted', async () => {
    const { directory } = await cluster.start();
    await expect(directory.lookup(key, { signal: AbortSignal.abort() })).rejects.toThrow(
      AbortedError,
    );
  });

  it('exchanges over links that were open before it started', async () => {
    const early = cluster.network.node();
    const node = await cluster.start();
    node.directory.announce(key, value('known'));
    await cluster.clock.complete(early.dial(node.links.localAddresses[0]!));
    const late = await cluster.start({}, early);
    await cluster.clock.advance(60_000);
    expect(await valuesAt(late, key)).toEqual(['known']);
  });
});
