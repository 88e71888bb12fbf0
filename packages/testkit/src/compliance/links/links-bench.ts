import { ok, strictEqual } from 'node:assert/strict';
import {
  type EncodedFrame,
  type FrameView,
  type Link,
  type LinkCloseReason,
  type NodeId,
  trafficClassOf,
} from '@macula/core';
import { FrameWriter, payloadOf } from '@macula/wire';
import type { LinksSetup, LinksUnderTest, NodeUnderTestOptions } from './links-setup.ts';

/** Kinds that no layer of Macula uses, one per traffic class. */
export const testKinds = { control: 0xe0, events: 0x1f, calls: 0x2f } as const;
/** Further kinds of no meaning. */
export const otherKind = 0xe1;
export const unhandledKind = 0xef;

/** A frame with a number of its own, padded to about `size` bytes. The frame is valid until the next call. */
export class NumberedFrames {
  private readonly writer = new FrameWriter();

  frame(kind: number, number: number, size = 4): EncodedFrame {
    const payload = new Uint8Array(Math.max(4, size)).fill(number & 0xff);
    new DataView(payload.buffer).setUint32(0, number);
    return this.writer.payload(payload).frame(kind, headerBytes);
  }
}

const headerBytes = new Uint8Array([0x0a, 0x01, 0x61]);

/** The number of a frame; throws AssertionError when any of its bytes is not what was sent. */
export function numberOf(frame: FrameView): number {
  const payload = payloadOf(frame);
  const number = new DataView(payload.buffer, payload.byteOffset, payload.length).getUint32(0);
  for (let i = 4; i < payload.length; i++) {
    if (payload[i] !== (number & 0xff)) strictEqual(payload[i], number & 0xff);
  }
  return number;
}

/** A queue that takes this many frames of 16 kB or more without any leaving is not bounded. */
const unreasonable = 4_000;

/** Calls `send` with 0, 1, … until it refuses; returns how many it took. Throws AssertionError when it takes everything. */
export function fill(send: (number: number) => boolean): number {
  let accepted = 0;
  while (send(accepted)) {
    accepted++;
    ok(accepted < unreasonable, `the queue has no limit: it took ${accepted} frames`);
  }
  return accepted;
}

export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** The nodes of one test, and how to wait for them. */
export class LinksBench {
  readonly frames = new NumberedFrames();
  private readonly setup: LinksSetup;
  private readonly nodes: LinksUnderTest[] = [];

  constructor(setup: LinksSetup) {
    this.setup = setup;
  }

  get unreachableAddress(): LinksSetup['unreachableAddress'] {
    return this.setup.unreachableAddress;
  }

  async node(options?: NodeUnderTestOptions): Promise<LinksUnderTest> {
    const node = await this.complete(this.setup.create(options));
    this.nodes.push(node);
    return node;
  }

  /** Two nodes that know each other's addresses. */
  async acquaintances(): Promise<[LinksUnderTest, LinksUnderTest]> {
    const a = await this.node();
    const b = await this.node();
    a.learn(b.self, b.localAddresses);
    b.learn(a.self, a.localAddresses);
    return [a, b];
  }

  /** Two nodes with a link that both see as open. */
  async linked(): Promise<LinkedPair> {
    const [a, b] = await this.acquaintances();
    const [ab, ba] = await this.link(a, b);
    return { a, b, ab, ba };
  }

  /** Links two nodes, of which the first knows the second. */
  async link(a: LinksUnderTest, b: LinksUnderTest): Promise<[Link, Link]> {
    a.learn(b.self, b.localAddresses);
    const ab = await this.complete(a.link(b.self));
    await this.eventually(() => b.get(a.self) !== undefined);
    return [ab, linkTo(b, a.self)];
  }

  /** Collects the numbers of all frames of a kind that a node receives. */
  collect(node: LinksUnderTest, kind: number): number[] {
    const received: number[] = [];
    node.handle(kind, (_link, frame) => {
      received.push(numberOf(frame));
    });
    return received;
  }

  /** Sends frame 0 to `count` − 1, waiting whenever the queue is full. */
  async sendAll(link: Link, kind: number, count: number, sizeOf = (_: number) => 4): Promise<void> {
    const trafficClass = trafficClassOf(kind);
    let wake = (): void => undefined;
    const unsubscribe = link.onDrain(trafficClass, () => {
      wake();
    });
    for (let i = 0; i < count;) {
      const drained = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (link.send(this.frames.frame(kind, i, sizeOf(i)))) i++;
      else await drained;
    }
    unsubscribe();
  }

  eventually(condition: () => boolean): Promise<void> {
    return this.setup.eventually(condition);
  }

  complete<T>(promise: Promise<T>): Promise<T> {
    return this.setup.complete(promise);
  }

  /** What `promise` rejects with; throws AssertionError when it resolves. */
  async failure(promise: Promise<unknown>): Promise<unknown> {
    const resolved = Symbol('resolved');
    const outcome = await this.complete(
      promise.then(
        () => resolved,
        (error: unknown) => error,
      ),
    );
    ok(outcome !== resolved, 'expected a rejection');
    return outcome;
  }

  async tearDown(): Promise<void> {
    await this.complete(Promise.all(this.nodes.map((node) => node.stop())));
    await this.setup.teardown();
  }
}

export interface LinkedPair {
  readonly a: LinksUnderTest;
  readonly b: LinksUnderTest;
  /** The link from `a`, which dialled. */
  readonly ab: Link;
  readonly ba: Link;
}

/** The open link to `peer`; throws AssertionError when there is none. */
export function linkTo(node: LinksUnderTest, peer: NodeId): Link {
  const link = node.get(peer);
  ok(link !== undefined, `no open link to ${peer.key}`);
  return link;
}

/** Remembers how a link closes. */
export function watchClose(link: Link): { readonly reasons: LinkCloseReason[] } {
  const reasons: LinkCloseReason[] = [];
  link.onClose((reason) => {
    reasons.push(reason);
  });
  return { reasons };
}

/** Throws AssertionError unless `error` is of the given class. */
export function assertError(error: unknown, type: abstract new (...args: never[]) => Error): void {
  ok(
    error instanceof type,
    `expected ${type.name}, got ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
  );
}
