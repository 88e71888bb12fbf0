import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DirectoryKey, type Link } from '@macula/core';
import type { MemoryLinks } from '@macula/testkit';
import {
  bodyOf,
  EventAck,
  EventControl,
  EventControl_Action,
  FrameKind,
  FrameWriter,
  headerOf,
  Interest,
  Interest_Match,
  TopicHeader,
} from '@macula/wire';
import { Mesh, type MeshNode } from '../test/mesh.ts';
import { EventHeaderReader, writeEventHeader } from './event-header.ts';
import type { Subscription } from './index.ts';

let mesh: Mesh;
let node: MeshNode;
let peer: MemoryLinks;
let link: Link;
let seen: unknown[];
let subscription: Subscription;

beforeEach(async () => {
  mesh = new Mesh();
  node = await mesh.node();
  peer = mesh.network.node();
  link = await mesh.clock.complete(peer.link(node.id));
  seen = [];
  subscription = await node.pubsub.subscribe('**', (event) => seen.push(event.payload));
  await mesh.settle();
});

afterEach(async () => {
  await mesh.stop();
  expect(node.links.clock.pendingTimers).toBe(0);
});

const writer = new FrameWriter();

function topic(alias: number, name = 'a', base = 0n, epoch = 7n): void {
  const header = TopicHeader.encode({
    alias,
    topic: name,
    epoch,
    base,
    since: base,
    elsewhere: 0n,
  }).finish();
  link.send(writer.empty().frame(FrameKind.topic, header));
}

function event(alias: number, sequence: number, qos = 0, value: unknown = bodyOf(sequence)): void {
  const header = new Uint8Array(64);
  const length = writeEventHeader(header, {
    ...new EventHeaderReader(),
    ...{ alias, sequence, qos },
  });
  link.send(writer.value(value).frame(FrameKind.event, header, length));
}

describe('a peer that misbehaves', () => {
  it.each([
    ['an event without a header', FrameKind.event, [0x08]],
    ['an event whose alias is too large', FrameKind.event, [0x08, 0x80, 0x80, 4, 0x10, 1]],
    ['a topic without an alias', FrameKind.topic, [0x12, 1, 97]],
    ['a topic whose alias is too large', FrameKind.topic, [0x08, 0x80, 0x80, 4, 0x12, 1, 97]],
    ['a topic without a name', FrameKind.topic, [0x08, 1]],
    ['a topic that is no message', FrameKind.topic, [0x0a, 99]],
    ['an acknowledgement that is none', FrameKind.eventAck, [0x11, 1]],
    ['a control frame that is none', FrameKind.eventControl, [0x19, 1]],
    ['a way that is none', FrameKind.inlet, [0x08]],
    ['a way to nobody', FrameKind.inlet, [0x08, 2, 0x10, 1]],
    ['a tree that is none', FrameKind.tree, [0x0a, 99]],
    ['a status of a tree that is none', FrameKind.treeStatus, [0x0a, 99]],
  ])('loses its link for %s', async (_, kind, header) => {
    link.send(writer.empty().frame(kind, Uint8Array.from(header)));
    await mesh.settle();
    expect(link.state).toBe('closed');
    expect(mesh.network.failures).toHaveLength(1);
    expect(node.links.get(peer.self)).toBeUndefined();
  });

  it('has no more than a few topics remembered that nobody wants', async () => {
    await subscription.unsubscribe();
    await node.pubsub.subscribe('b.*', (event) => seen.push(event.payload));
    for (let alias = 1; alias <= 1_000; alias++) topic(alias, `a.t${alias}`);
    topic(1_001, 'b.c');
    await mesh.settle();
    expect(node.metrics.value('topics_crowded_out')).toBe(1_000 - 64);
    const asked: number[] = [];
    peer.handle(FrameKind.eventControl, (_, frame) => {
      asked.push(EventControl.decode(headerOf(frame)).alias);
    });
    for (const alias of [1, 1_000, 1_001]) event(alias, 1);
    await mesh.settle();
    expect(seen).toEqual([1]);
    // Was it forgotten, whoever still sends it has to say again what it is about.
    expect(asked).toEqual([1]);
    expect(node.metrics.value('dropped', 'unwanted')).toBe(1);
  });

  it('is asked once for a topic that it has not introduced', async () => {
    const asked: EventControl[] = [];
    peer.handle(FrameKind.eventControl, (_, frame) => {
      asked.push(EventControl.decode(frame.bytes.subarray(frame.headerStart, frame.headerEnd)));
    });
    for (const sequence of [1, 2, 3]) event(5, sequence);
    await mesh.settle();
    expect(asked).toEqual([{ action: EventControl_Action.RESTART, alias: 5, epoch: 0n }]);
    topic(5, 'a', 3n);
    event(5, 4);
    await mesh.settle();
    expect(seen).toEqual([4]);
    expect(node.metrics.value('dropped', 'unknown_alias')).toBe(3);
  });

  it('has payloads that are no bodies counted and skipped, and acknowledged', async () => {
    const acknowledged: number[] = [];
    peer.handle(FrameKind.eventAck, (_, frame) => {
      const ack = EventAck.decode(frame.bytes.subarray(frame.headerStart, frame.headerEnd));
      acknowledged.push(Number(ack.sequence));
    });
    topic(1);
    event(1, 1, 0, 'no body');
    event(1, 2, 1, 'no body');
    event(1, 3);
    event(1, 4, 1);
    await mesh.settle();
    expect(seen).toEqual([3, 4]);
    expect(node.metrics.value('dropped', 'malformed')).toBe(2);
    expect(acknowledged).toEqual([4]);
    expect(link.state).toBe('open');
  });

  it('may use an alias for another topic, and a topic under another alias', async () => {
    topic(1, 'a');
    event(1, 1);
    topic(1, 'b');
    event(1, 1);
    topic(2, 'b', 1n);
    event(2, 2);
    event(1, 3);
    await mesh.settle();
    expect(seen).toEqual([1, 1, 2]);
    expect(node.metrics.value('dropped', 'unknown_alias')).toBe(1);
  });

  it('has events repeated or out of order dropped', async () => {
    topic(1);
    for (const sequence of [1, 1, 3, 2, 3, 4]) event(1, sequence);
    await mesh.settle();
    expect(seen).toEqual([1, 3, 4]);
    expect(node.metrics.value('dropped', 'duplicate')).toBe(3);
    expect(node.metrics.value('gaps')).toBe(1);
  });

  it('may acknowledge, restart and release what does not exist, without effect', async () => {
    const ack = EventAck.encode({ alias: 9, epoch: 1n, sequence: 5n }).finish();
    link.send(writer.empty().frame(FrameKind.eventAck, ack));
    for (const action of Object.values(EventControl_Action).filter((value) => value >= 0)) {
      const control = EventControl.encode({ action, alias: 9, epoch: 1n }).finish();
      link.send(writer.empty().frame(FrameKind.eventControl, control));
    }
    topic(1);
    event(1, 1);
    await mesh.settle();
    expect(seen).toEqual([1]);
    expect(link.state).toBe('open');
  });

  it('acknowledges nothing by what it says of another life of a topic', async () => {
    const interest = { ...Interest.decode(new Uint8Array()), match: Interest_Match.EXACT };
    const value = Interest.encode({ ...interest, pattern: 'b' }).finish();
    mesh.directory
      .of(peer.self)
      .announce(DirectoryKey.of('org.example', 'subscription', 'b'), value);
    let introduced: TopicHeader | undefined;
    peer.handle(FrameKind.topic, (_, frame) => {
      introduced = TopicHeader.decode(headerOf(frame));
    });
    peer.handle(FrameKind.event, () => undefined);
    await mesh.settle();
    let isSettled = false;
    const published = node.pubsub.publish('b', 1, { qos: 1 }).then(() => {
      isSettled = true;
    });
    await mesh.clock.advance(100);
    const { alias, epoch } = introduced!;
    const acknowledge = (said: bigint): void => {
      const header = EventAck.encode({ alias, epoch: said, sequence: 1n }).finish();
      link.send(writer.empty().frame(FrameKind.eventAck, header));
    };
    for (const other of [0n, epoch ^ 2n]) acknowledge(other);
    await mesh.clock.advance(100);
    expect(isSettled).toBe(false);
    acknowledge(epoch);
    await mesh.clock.complete(published);
  });

  it('begins a topic anew and gets no acknowledgement for what handlers do with the former events', async () => {
    const ends: (() => void)[] = [];
    await node.pubsub.subscribe('b', () => new Promise<void>((resolve) => ends.push(resolve)));
    const acknowledged: string[] = [];
    peer.handle(FrameKind.eventAck, (_, frame) => {
      const { epoch, sequence } = EventAck.decode(headerOf(frame));
      acknowledged.push(`${sequence} of ${epoch}`);
    });
    for (const epoch of [7n, 9n]) {
      topic(1, 'b', 0n, epoch);
      event(1, 1, 1);
      await mesh.settle();
    }
    ends[0]?.();
    await mesh.settle();
    expect(acknowledged).toEqual([]);
    ends[1]?.();
    await mesh.settle();
    expect(acknowledged).toEqual(['1 of 9']);
  });

  it('may announce nonsense as interest: it is counted and ignored', async () => {
    const directory = mesh.directory.of(peer.self);
    const key = DirectoryKey.of('org.example', 'subscription', 'a');
    for (const value of [
      [1, 2, 3],
      [0x0a, 1, 32],
      [0x0a, 1, 97, 0x10, 9],
    ]) {
      directory.announce(key, Uint8Array.from(value));
    }
    await mesh.settle();
    await mesh.clock.complete(node.pubsub.publish('a', 1));
    expect(node.metrics.value('sent')).toBe(0);
    expect(node.metrics.value('dropped', 'malformed')).toBe(3);
  });
});
