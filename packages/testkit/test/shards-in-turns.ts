import { TimeoutError } from '@macula/core';
import { meetingsInTurns } from './meeting-in-turns.ts';
import { createShard, type Shard, type ShardOptions } from '../src/shards/shard.ts';
import type { MemoryLinks, MemoryNodeOptions } from '../src/index.ts';

const stepMs = 5;

/** Several shards in one thread, and what a test does to all of them. */
export interface ShardsInTurns {
  readonly shards: readonly Shard[];
  node(options?: MemoryNodeOptions): MemoryLinks;
  /** The same in every shard. */
  each(act: (shard: Shard) => void): void;
  advance(ms: number): Promise<void>;
  runUntil(condition: () => boolean, limitMs?: number): Promise<void>;
  complete<T>(promise: Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export function shardsInTurns(count: number, options: ShardOptions): ShardsInTurns {
  const shards = meetingsInTurns(count).map((meeting) => createShard(meeting, options));
  const advance = async (ms: number): Promise<void> => {
    await Promise.all(shards.map((shard) => shard.advance(ms)));
  };
  const runUntil = async (condition: () => boolean, limitMs = 60_000): Promise<void> => {
    for (let passed = 0; passed <= limitMs; passed += stepMs) {
      await advance(passed === 0 ? 0 : stepMs);
      if (condition()) return;
    }
    throw new TimeoutError(`the condition does not hold after ${limitMs} ms of virtual time`);
  };
  const complete = async <T>(promise: Promise<T>): Promise<T> => {
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    await runUntil(() => settled);
    return promise;
  };
  return {
    shards,
    node(node = {}) {
      const made = shards.map(({ network }) => network.node(node).links);
      return made.find((links) => links !== undefined) as MemoryLinks;
    },
    each(act) {
      shards.forEach(act);
    },
    advance,
    runUntil,
    complete,
    async stop() {
      await complete(Promise.all(shards.map(({ network }) => network.stop())));
    },
  };
}
