import { expect, test } from '@jest/globals';
import { PacketSlab } from './packet-slab.ts';

test('space that was kept is never handed out again', () => {
  const slab = new PacketSlab();
  const kept: Buffer[] = [];
  for (let i = 0; i < 1_000; i++) {
    const space = slab.reserve(1_350);
    expect(space).toHaveLength(1_350);
    const length = 100 + (i % 1_000);
    space.fill(i & 255, 0, length);
    slab.keep(length);
    kept.push(space.subarray(0, length));
  }
  kept.forEach((packet, i) => {
    expect(packet.every((byte) => byte === (i & 255))).toBe(true);
  });
});

test('space that was not kept is handed out again', () => {
  const slab = new PacketSlab();
  const first = slab.reserve(100);
  slab.keep(0);
  expect(slab.reserve(100).byteOffset).toBe(first.byteOffset);
});

test('a packet larger than a slab gets one of its own', () => {
  expect(new PacketSlab().reserve(1 << 20)).toHaveLength(1 << 20);
});
