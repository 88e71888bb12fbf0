import type { Link, LinkCloseReason } from '@macula/core';
import { NumberedFrames, numberOf } from '../src/compliance/links/links-bench.ts';
import {
  memoryNetwork,
  type MemoryLinks,
  type MemoryNetwork,
  type MemoryNetworkOptions,
  seededRandom,
  type VirtualClock,
  virtualClock,
} from '../src/index.ts';

export const eventKind = 0x1f;
export const controlKind = 0xe0;

const frames = new NumberedFrames();

export interface Playground {
  readonly clock: VirtualClock;
  readonly network: MemoryNetwork;
  readonly a: MemoryLinks;
  readonly b: MemoryLinks;
  readonly ab: Link;
  readonly ba: Link;
  /** Numbers of the event frames that b has received. */
  readonly received: number[];
  /** How the two ends of the link have closed. */
  readonly closes: { readonly end: 'ab' | 'ba'; readonly at: number; readonly code: number }[];
}

/** Two linked nodes in virtual time. */
export async function playground(options: MemoryNetworkOptions = {}): Promise<Playground> {
  const clock = virtualClock();
  const network = memoryNetwork({ clock, random: seededRandom(3), ...options });
  const [a, b] = [network.node(), network.node()];
  a.learn(b.self, b.localAddresses);
  b.learn(a.self, a.localAddresses);
  const ab = await clock.complete(a.link(b.self, { timeout: 600_000 }), { limitMs: 600_000 });
  await clock.runUntil(() => b.get(a.self) !== undefined, { limitMs: 600_000 });
  const ba = b.get(a.self) as Link;
  const received: number[] = [];
  b.handle(eventKind, (_link, frame) => {
    received.push(numberOf(frame));
  });
  const closes: Playground['closes'] = [];
  const note =
    (end: 'ab' | 'ba') =>
    ({ code }: LinkCloseReason): void => {
      closes.push({ end, at: clock.now(), code });
    };
  ab.onClose(note('ab'));
  ba.onClose(note('ba'));
  return { clock, network, a, b, ab, ba, received, closes };
}

export function sendNumbers(link: Link, from: number, to: number, size?: number): void {
  for (let number = from; number < to; number++) {
    link.send(frames.frame(eventKind, number, size));
  }
}

export function sendDatagram(link: Link, number: number): boolean {
  return link.sendDatagram(frames.frame(eventKind, number));
}
