import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ChunkPool, chunkBytes } from './chunk-pool.ts';
import { SendQueue } from './send-queue.ts';

const frame = (bytes: Uint8Array) => ({ kind: 0x10, bytes, start: 0, end: bytes.length });

describe('a send queue', () => {
  test('gives back exactly the bytes that went in, however the sink takes them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 50 }),
        fc.array(fc.nat(200), { minLength: 1, maxLength: 20 }),
        (frames, appetites) => {
          const queue = new SendQueue(new ChunkPool(), 1 << 20);
          const out: number[] = [];
          let turn = 0;
          const sink = (bytes: Uint8Array, start: number, end: number): number => {
            const appetite = Math.min(end - start, appetites[turn++ % appetites.length] as number);
            out.push(...bytes.subarray(start, start + appetite));
            return appetite;
          };
          for (const bytes of frames) {
            expect(queue.push(frame(bytes))).toBe(true);
            queue.drainInto(sink);
          }
          queue.drainInto((bytes, start, end) => {
            out.push(...bytes.subarray(start, end));
            return end - start;
          });
          expect(queue.bytes).toBe(0);
          expect(out).toEqual(frames.flatMap((bytes) => [...bytes]));
        },
      ),
    );
  });

  test('copies, so that the caller can reuse its buffer', () => {
    const queue = new SendQueue(new ChunkPool(), 1_000);
    const bytes = Uint8Array.of(1, 2, 3);
    queue.push(frame(bytes));
    bytes.fill(9);
    const out: number[] = [];
    queue.drainInto((chunk, start, end) => {
      out.push(...chunk.subarray(start, end));
      return end - start;
    });
    expect(out).toEqual([1, 2, 3]);
  });

  test('refuses beyond its limit, but takes any one frame when it is empty', () => {
    const queue = new SendQueue(new ChunkPool(), 100);
    expect(queue.push(frame(new Uint8Array(chunkBytes * 3)))).toBe(true);
    expect(queue.push(frame(new Uint8Array(1)))).toBe(false);
    queue.drainInto((_bytes, start, end) => end - start);
    expect(queue.push(frame(new Uint8Array(60)))).toBe(true);
    expect(queue.push(frame(new Uint8Array(41)))).toBe(false);
    expect(queue.push(frame(new Uint8Array(40)))).toBe(true);
    expect(queue.bytes).toBe(100);
  });

  test('borrows chunks only while it holds something', () => {
    const pool = new ChunkPool();
    const one = pool.take();
    pool.give(one);
    const queue = new SendQueue(pool, 1 << 20);
    queue.push(frame(new Uint8Array(10)));
    expect(pool.take()).not.toBe(one);
    queue.clear();
    expect(queue.bytes).toBe(0);
    expect(pool.take()).toBe(one);
  });

  test('the pool keeps no more chunks than its limit, and none of odd size', () => {
    const pool = new ChunkPool(1);
    const [one, two] = [pool.take(), pool.take()];
    pool.give(Buffer.alloc(10));
    pool.give(one);
    pool.give(two);
    expect(pool.take()).toBe(one);
    expect(pool.take()).not.toBe(two);
  });
});
