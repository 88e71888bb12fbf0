import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { systemClock } from '@macula/core';
import { virtualClock } from '../clock/virtual-clock.ts';
import { eventually } from '../compliance/eventually.ts';
import { linksCompliance } from '../compliance/links-compliance.ts';
import type { LinksSetup } from '../compliance/links/links-setup.ts';
import { seededRandom } from '../random/seeded-random.ts';
import { memoryNetwork, type MemoryNetworkOptions } from './memory-network.ts';

const api = { describe, it, beforeEach, afterEach };
const unreachableAddress = { host: '10.99.99.99', port: 1 };

function inVirtualTime(conditions: MemoryNetworkOptions): () => Promise<LinksSetup> {
  return async () => {
    const clock = virtualClock();
    const network = memoryNetwork({ clock, random: seededRandom(11), ...conditions });
    return {
      create: async (options = {}) => network.node(options),
      unreachableAddress,
      eventually: (condition) => clock.runUntil(condition),
      complete: (promise) => clock.complete(promise),
      teardown: () => network.stop(),
    };
  };
}

linksCompliance(api, 'the memory network', inVirtualTime({}));

linksCompliance(
  api,
  'the memory network in bad weather',
  inVirtualTime({
    latencyMs: { min: 5, max: 60 },
    loss: 0.1,
    duplication: 0.1,
    reordering: 0.1,
    bandwidth: 5_000,
  }),
);

linksCompliance(api, 'the memory network in real time', async () => {
  const network = memoryNetwork({ clock: systemClock, latencyMs: 0, silenceMs: 500 });
  return {
    create: async (options = {}) => network.node(options),
    unreachableAddress,
    eventually,
    complete: (promise) => promise,
    teardown: () => network.stop(),
  };
});
