import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { linksCompliance } from '../compliance/links-compliance.ts';
import type { LinksSetup } from '../compliance/links/links-setup.ts';
import { shardsInTurns } from '../../test/shards-in-turns.ts';
import type { ShardOptions } from './shard.ts';

const api = { describe, it, beforeEach, afterEach };

function over(count: number, options: ShardOptions): () => Promise<LinksSetup> {
  return async () => {
    const mesh = shardsInTurns(count, options);
    return {
      create: async (node = {}) => mesh.node(node),
      unreachableAddress: { host: '10.99.99.99', port: 1 },
      eventually: (condition) => mesh.runUntil(condition),
      complete: (promise) => mesh.complete(promise),
      teardown: () => mesh.stop(),
    };
  };
}

linksCompliance(api, 'a network of one shard', over(1, { lookaheadMs: 1 }));

linksCompliance(api, 'a network of two shards', over(2, { lookaheadMs: 1 }));

linksCompliance(
  api,
  'a network of three shards in bad weather',
  over(3, {
    lookaheadMs: 5,
    latencyMs: { min: 1, max: 60 },
    loss: 0.1,
    duplication: 0.1,
    reordering: 0.1,
    bandwidth: 5_000,
  }),
);
