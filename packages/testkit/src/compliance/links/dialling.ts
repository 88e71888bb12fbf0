import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import {
  AbortedError,
  type Link,
  NodeId,
  PeerUnreachableError,
  TimeoutError,
  WrongIdentityError,
  WrongRealmError,
} from '@macula/core';
import type { BenchOfTest } from '../links-compliance.ts';
import type { TestApi } from '../test-api.ts';
import { assertError, linkTo, testKinds } from './links-bench.ts';

/** Dialling, the pool, and who is refused. */
export function diallingCompliance(
  { describe, it }: TestApi,
  bench: BenchOfTest,
  options: { readonly realms: boolean },
): void {
  describe('dialling', () => {
    it('opens a link that both sides see as one', async () => {
      const { a, b, ab, ba } = await bench().linked();
      strictEqual(ab.state, 'open');
      strictEqual(ba.state, 'open');
      ok(ab.peer.equals(b.self) && ba.peer.equals(a.self));
      deepStrictEqual([ab.initiator, ba.initiator], [true, false]);
      strictEqual(a.get(b.self), ab);
      deepStrictEqual([[...a.all()], [...b.all()]], [[ab], [ba]]);
      ok(b.localAddresses.some(({ port }) => port === ab.remoteAddress.port));
    });

    it('reuses the open link to a peer', async () => {
      const { a, b, ab, ba } = await bench().linked();
      strictEqual(await bench().complete(a.link(b.self)), ab);
      strictEqual(await bench().complete(b.link(a.self)), ba);
    });

    it('shares one dial between simultaneous calls', async () => {
      const [a, b] = await bench().acquaintances();
      let opened = 0;
      a.onLink(() => opened++);
      const links = await bench().complete(
        Promise.all([a.link(b.self), a.link(b.self), a.link(b.self)]),
      );
      strictEqual(new Set(links).size, 1);
      strictEqual(opened, 1);
    });

    it('reaches a node whose identity is not known before', async () => {
      const [a, b] = [await bench().node(), await bench().node()];
      const [address] = b.localAddresses;
      ok(address !== undefined);
      const link = await bench().complete(a.dial(address));
      ok(link.peer.equals(b.self));
      strictEqual(a.get(b.self), link);
    });

    it('ends with one link each when both sides dial at once', async () => {
      const [a, b] = await bench().acquaintances();
      const received = [
        bench().collect(a, testKinds.control),
        bench().collect(b, testKinds.control),
      ];
      await bench().complete(Promise.all([a.link(b.self), b.link(a.self)]));
      const openLinks = (): Link[] =>
        [...a.all(), ...b.all()].filter(({ state }) => state === 'open');
      await bench().eventually(() => {
        const [one, other] = openLinks();
        return openLinks().length === 2 && one?.initiator !== other?.initiator;
      });
      linkTo(a, b.self).send(bench().frames.frame(testKinds.control, 1));
      linkTo(b, a.self).send(bench().frames.frame(testKinds.control, 2));
      await bench().eventually(() => received.every(({ length }) => length > 0));
      deepStrictEqual(received, [[2], [1]]);
      strictEqual(openLinks().length, 2);
    });

    it('tries the next address of a peer when somebody else is at the first', async () => {
      const [a, b, c] = [await bench().node(), await bench().node(), await bench().node()];
      a.learn(b.self, [...c.localAddresses, ...b.localAddresses]);
      const link = await bench().complete(a.link(b.self));
      ok(link.peer.equals(b.self));
      strictEqual(a.get(c.self), undefined);
    });

    it('replaces what it knew of a peer when it learns new addresses', async () => {
      const [a, b] = [await bench().node(), await bench().node()];
      a.learn(b.self, [bench().unreachableAddress]);
      a.learn(b.self, b.localAddresses);
      ok((await bench().complete(a.link(b.self))).peer.equals(b.self));
    });

    it('makes a new link after the old one has closed', async () => {
      const { a, b, ab, ba } = await bench().linked();
      await bench().complete(ab.close());
      await bench().eventually(() => ba.state === 'closed');
      const link = await bench().complete(a.link(b.self));
      ok(link !== ab);
      strictEqual(link.state, 'open');
    });

    it('throws PeerUnreachableError for a peer without known address', async () => {
      const a = await bench().node();
      const stranger = NodeId.fromBytes(new Uint8Array(32).fill(7));
      assertError(await bench().failure(a.link(stranger)), PeerUnreachableError);
    });

    it('throws PeerUnreachableError for an address where nobody answers', async () => {
      const a = await bench().node();
      const dial = a.dial(bench().unreachableAddress, { timeout: 60_000 });
      assertError(await bench().failure(dial), PeerUnreachableError);
    });

    it('gives up at its time limit', async () => {
      const a = await bench().node();
      const dial = a.dial(bench().unreachableAddress, { timeout: 20 });
      const error = await bench().failure(dial);
      if (!(error instanceof PeerUnreachableError)) assertError(error, TimeoutError);
    });

    it('throws AbortedError when its signal fires, before or during the dial', async () => {
      const [a, b] = await bench().acquaintances();
      const before = a.link(b.self, { signal: AbortSignal.abort(new Error('changed my mind')) });
      assertError(await bench().failure(before), AbortedError);
      const controller = new AbortController();
      const during = a.dial(bench().unreachableAddress, { signal: controller.signal });
      controller.abort();
      assertError(await bench().failure(during), AbortedError);
    });

    it('throws WrongIdentityError for another node than expected, and lets nothing through', async () => {
      const [a, b] = [await bench().node(), await bench().node()];
      const received = bench().collect(b, testKinds.control);
      const opened: Link[] = [];
      a.onLink((link) => {
        // Whoever sends at the first opportunity must not reach an impostor.
        link.send(bench().frames.frame(testKinds.control, 13));
        opened.push(link);
      });
      const [address] = b.localAddresses;
      ok(address !== undefined);
      const expected = NodeId.fromBytes(new Uint8Array(32).fill(7));
      assertError(await bench().failure(a.dial(address, { expected })), WrongIdentityError);
      a.learn(expected, [address]);
      const error = await bench().failure(a.link(expected));
      if (!(error instanceof PeerUnreachableError)) assertError(error, WrongIdentityError);
      deepStrictEqual([opened.length, [...a.all()].length], [0, 0]);
      // A frame of a proper link is the fence: had another been sent, it would have come before.
      const link = await bench().complete(a.dial(address, { expected: b.self }));
      link.send(bench().frames.frame(testKinds.control, 14));
      await bench().eventually(() => received.includes(14));
      deepStrictEqual(received, [13, 14]);
      strictEqual(opened.length, 1);
    });

    if (options.realms) {
      it('refuses a node of another realm on both sides', async () => {
        const a = await bench().node({ realm: 'be.macula.one' });
        const b = await bench().node({ realm: 'be.macula.other' });
        let opened = 0;
        a.onLink(() => opened++);
        b.onLink(() => opened++);
        a.learn(b.self, b.localAddresses);
        assertError(await bench().failure(a.link(b.self)), WrongRealmError);
        // A link within the realm is the fence for what the refused node may have seen.
        const friend = await bench().node({ realm: 'be.macula.other' });
        await bench().link(friend, b);
        deepStrictEqual([[...a.all()].length, [...b.all()].length, opened], [0, 1, 1]);
      });
    }

    it('reports links of either direction before their first frame, and not those open already', async () => {
      const [a, b] = await bench().acquaintances();
      const seen: string[] = [];
      a.onLink((link) => {
        seen.push(`a: ${link.state}`);
        for (let i = 0; i < 3; i++) link.send(bench().frames.frame(testKinds.events, i));
      });
      b.onLink((link) => seen.push(`b: ${link.state}`));
      b.handle(testKinds.events, () => seen.push('b: frame'));
      await bench().complete(a.link(b.self));
      await bench().eventually(() => seen.length === 5);
      // Which side opens first is the implementation's business.
      const of = (node: string): string[] => seen.filter((event) => event.startsWith(node));
      deepStrictEqual(of('a'), ['a: open']);
      deepStrictEqual(of('b'), ['b: open', 'b: frame', 'b: frame', 'b: frame']);
      let late = 0;
      a.onLink(() => late++);
      await bench().complete(a.link(b.self));
      strictEqual(late, 0);
    });

    it('does not call removed link listeners', async () => {
      const [a, b] = await bench().acquaintances();
      let called = 0;
      const unsubscribe = a.onLink(() => called++);
      unsubscribe();
      unsubscribe();
      await bench().complete(a.link(b.self));
      strictEqual(called, 0);
    });

    it('takes and releases pins, linked or not', async () => {
      const { a, b, ab } = await bench().linked();
      const stranger = NodeId.fromBytes(new Uint8Array(32).fill(7));
      for (const release of [a.pin(b.self), a.pin(b.self), a.pin(stranger)]) {
        release();
        release();
      }
      strictEqual(ab.state, 'open');
    });
  });
}
