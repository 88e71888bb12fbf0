import { afterEach, beforeEach, describe, it } from '@jest/globals';
import { eventually, linksCompliance } from '@macula/testkit';
import { transportFixture, type TransportFixture } from '../test/transport-fixture.ts';
import type { TransportOptions } from './transport-options.ts';

const api = { describe, it, beforeEach, afterEach };

/** Port 1 of TCP is closed, and UDP to it is not answered. */
const unreachableAddress = { host: '127.0.0.1', port: 1 };

function compliance(name: string, options: TransportOptions, datagrams: boolean): void {
  linksCompliance(
    api,
    name,
    () => {
      const fixture: TransportFixture = transportFixture(options);
      return Promise.resolve({
        create: (node = {}) => fixture.node({}, node),
        unreachableAddress,
        eventually: (condition: () => boolean) => eventually(condition),
        complete: <T>(promise: Promise<T>) => promise,
        teardown: () => fixture.stop(),
      });
    },
    { datagrams },
  );
}

compliance('TCP', { quic: false }, false);
compliance('QUIC', { tcp: false }, true);
compliance('QUIC with TCP', {}, true);
