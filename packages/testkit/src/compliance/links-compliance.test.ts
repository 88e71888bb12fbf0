import { describe, expect, it } from '@jest/globals';
import type { EncodedFrame, Link, LinkCloseCode, LinkStream } from '@macula/core';
import { virtualClock } from '../clock/virtual-clock.ts';
import { memoryNetwork, type MemoryNetworkOptions } from '../network/memory-network.ts';
import { seededRandom } from '../random/seeded-random.ts';
import { linksCompliance } from './links-compliance.ts';
import type { LinksUnderTest } from './links/links-setup.ts';
import type { TestApi } from './test-api.ts';

/** What an implementation does wrong. */
interface Sabotage {
  readonly network?: MemoryNetworkOptions;
  /** Replaces methods of every link. */
  readonly link?: (link: Link) => Partial<Link>;
  /** Replaces methods of every node. */
  readonly node?: (node: LinksUnderTest) => Partial<LinksUnderTest>;
}

/** Runs the suite against a memory network with `sabotage`, and returns the names of the tests that fail. */
async function failures(sabotage: Sabotage): Promise<string[]> {
  const tests: { name: string; run: () => Promise<void> }[] = [];
  const before: (() => Promise<void>)[] = [];
  const after: (() => Promise<void>)[] = [];
  const path: string[] = [];
  const api: TestApi = {
    describe: (name, define) => {
      path.push(name);
      define();
      path.pop();
    },
    it: (name, run) => tests.push({ name: [...path.slice(1), name].join(' '), run }),
    beforeEach: (run) => before.push(run),
    afterEach: (run) => after.push(run),
  };
  linksCompliance(api, 'sabotaged', async () => {
    const clock = virtualClock();
    const network = memoryNetwork({ clock, random: seededRandom(1), ...sabotage.network });
    const limitMs = 8_000;
    return {
      create: async (options = {}) => {
        const node = network.node(options);
        if (sabotage.link !== undefined) {
          const { link } = sabotage;
          node.onLink((opened) => void Object.assign(opened, link(opened)));
        }
        return Object.assign(node, sabotage.node?.(node));
      },
      unreachableAddress: { host: '10.99.99.99', port: 1 },
      eventually: (condition) => clock.runUntil(condition, { limitMs }),
      complete: (promise) => clock.complete(promise, { limitMs }),
      teardown: () => network.stop(),
    };
  });
  const failed: string[] = [];
  for (const { name, run } of tests) {
    try {
      for (const prepare of before) await prepare();
      await run();
    } catch {
      failed.push(name);
    } finally {
      for (const tidy of after) await tidy().catch(() => undefined);
    }
  }
  return failed;
}

/** Sends every `n`th frame in another way. */
function everyNth(
  n: number,
  link: Link,
  other: (send: Link['send'], frame: EncodedFrame) => boolean,
) {
  const send = link.send.bind(link);
  let count = 0;
  return (frame: EncodedFrame): boolean => (++count % n === 0 ? other(send, frame) : send(frame));
}

describe('linksCompliance finds implementations that', () => {
  it('are right to be right', async () => {
    expect(await failures({})).toEqual([]);
  });

  it('lose frames', async () => {
    const link = (opened: Link) => ({ send: everyNth(500, opened, () => true) });
    expect(await failures({ link })).toContain(
      'frames arrive in order, exactly once, in every class and of every size',
    );
  });

  it('deliver frames twice', async () => {
    const link = (opened: Link) => ({
      send: everyNth(500, opened, (send, frame) => send(frame) && send(frame)),
    });
    expect(await failures({ link })).toContain(
      'frames arrive in order, exactly once, in every class and of every size',
    );
  });

  it('keep the buffer of the sender', async () => {
    const link = (opened: Link) => {
      const send = opened.send.bind(opened);
      return {
        send: (frame: EncodedFrame): boolean => {
          if (opened.state !== 'open') return false;
          void Promise.resolve().then(() => send(frame));
          return true;
        },
      };
    };
    expect(await failures({ link })).toContain(
      'frames are copied by send, so that the sender may use its buffer again',
    );
  });

  it('never refuse a frame', async () => {
    const failed = await failures({ network: { queueBytes: 1e12 } });
    expect(failed).toContain(
      'send queues refuse frames when full, take them again after onDrain, and lose none that they took',
    );
  });

  it('do not tell that a queue has drained', async () => {
    const failed = await failures({ link: () => ({ onDrain: () => () => undefined }) });
    expect(failed).toContain(
      'send queues refuse frames when full, take them again after onDrain, and lose none that they took',
    );
  });

  it('ignore the time limit of requests', async () => {
    const link = (opened: Link) => {
      const request = opened.request.bind(opened);
      return {
        request: (kind: number, body: Uint8Array) => request(kind, body, { timeout: 60_000 }),
      };
    };
    const failed = await failures({ link });
    expect(failed).toContain(
      'requests fail with TimeoutError when no response comes in time, and ignore one that comes later',
    );
    expect(failed).toContain(
      'requests fail with AbortedError when their signal fires, before or while they wait',
    );
  });

  it('deliver to a paused stream', async () => {
    const link = (opened: Link) => {
      const openStream = opened.openStream.bind(opened);
      return {
        openStream: (kind: number, header: Uint8Array): LinkStream => {
          const stream = openStream(kind, header);
          return Object.assign(stream, { pause: () => undefined });
        },
      };
    };
    const node = (original: LinksUnderTest) => {
      const handleStream = original.handleStream.bind(original);
      const replaced: Partial<LinksUnderTest> = {
        handleStream: (kind, handler) =>
          handleStream(kind, (opened, stream) => {
            handler(opened, Object.assign(stream, { pause: () => undefined }));
          }),
      };
      return replaced;
    };
    expect(await failures({ link, node })).toContain(
      'streams stop delivering when paused, block the sender when the window is full, and lose nothing',
    );
  });

  it('accept any identity', async () => {
    const node = (original: LinksUnderTest) => {
      const dial = original.dial.bind(original);
      return { dial: (address: Parameters<typeof dial>[0]) => dial(address) };
    };
    expect(await failures({ node })).toContain(
      'dialling throws WrongIdentityError for another node than expected, and lets nothing through',
    );
  });

  it('hide the reason of a close', async () => {
    const link = (opened: Link) => {
      const close = opened.close.bind(opened);
      return { close: (_code?: LinkCloseCode) => close() };
    };
    const failed = await failures({ link });
    expect(failed).toContain('closing tells both sides the reason, once, and whose it was');
    expect(failed).toContain(
      'frames whose handler throws close that link with protocolViolation and harm nothing else',
    );
  });

  it('end a link for a stream that its handler does not want', async () => {
    const node = (original: LinksUnderTest) => {
      const handleStream = original.handleStream.bind(original);
      const replaced: Partial<LinksUnderTest> = {
        handleStream: (kind, handler) =>
          handleStream(kind, (opened, stream) => {
            try {
              handler(opened, stream);
            } catch (error) {
              void opened.close();
              throw error;
            }
          }),
      };
      return replaced;
    };
    expect(await failures({ node })).toEqual([
      'streams whose handler throws are reset with internal, and their link goes on',
    ]);
  });

  it('report links late', async () => {
    const node = (original: LinksUnderTest) => {
      const onLink = original.onLink.bind(original);
      const replaced: Partial<LinksUnderTest> = {
        onLink: (listener) =>
          onLink((opened) => {
            void Promise.resolve().then(() => {
              listener(opened);
            });
          }),
      };
      return replaced;
    };
    expect(await failures({ node })).toContain(
      'dialling reports links of either direction before their first frame, and not those open already',
    );
  });

  it('forget to stop', async () => {
    const node = () => ({ stop: () => Promise.resolve() });
    expect(await failures({ node })).toContain(
      'closing of a node closes all its links with shutdown and stops it for good',
    );
  });
});
