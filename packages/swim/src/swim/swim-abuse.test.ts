import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ProtocolError } from '@macula/core';
import { seededRandom } from '@macula/testkit';
import { FrameKind, FrameWriter } from '@macula/wire';
import { givenUpBy, heard, SwimMesh, type SwimNode } from '../../test/mesh.ts';
import { encodeRumour, type Rumour } from './rumour.ts';
import { SwimFrames } from './swim-frames.ts';

// Simulated minutes of many nodes: seconds here, more on a machine with other work.
jest.setTimeout(60_000);

describe('what peers send', () => {
  let mesh: SwimMesh;

  beforeEach(() => {
    mesh = new SwimMesh();
  });
  afterEach(async () => {
    expect(await mesh.close()).toBe(0);
  });

  const tell = (from: SwimNode, to: SwimNode, ...rumours: readonly Rumour[]) =>
    from.links.get(to.id)?.send(new SwimFrames().gossip(rumours.map(encodeRumour)));
  /** A node that runs nowhere. */
  const invented = (): Rumour => {
    const { self, localAddresses } = mesh.network.node();
    return { id: self, addresses: localAddresses, metadata: {}, incarnation: 1n, status: 'alive' };
  };
  const kinds = ['swimProbe', 'swimProbeRequest', 'swimAck', 'swimNack', 'swimGossip'] as const;

  it.each(kinds)('that is malformed (%s) costs them their link and nothing else', async (kind) => {
    const [first, second, third] = await mesh.settle(3);
    const garbage = new FrameWriter().empty().frame(FrameKind[kind], Uint8Array.of(0x0a, 0xff));
    second.links.get(first.id)?.send(garbage);
    await mesh.clock.advance(10);
    expect(mesh.network.failures).toHaveLength(1);
    await mesh.converge([first, second, third]);
    expect(heard([third], 'failed')).toBe(0);
  });

  it('that is a malformed comparison is refused', async () => {
    const [first, second] = await mesh.settle(2);
    const link = second.links.get(first.id);
    for (const body of [Uint8Array.of(0x08, 0x03), Uint8Array.of(0xff)]) {
      await expect(
        mesh.clock.complete(link?.request(FrameKind.swimSync, body) as Promise<Uint8Array>),
      ).rejects.toMatchObject({ name: 'RequestFailedError' });
    }
  });

  it('about a node itself is refuted by it, and gives it reason to doubt itself', async () => {
    const nodes = await mesh.settle(6);
    const [first, second] = nodes;
    for (const status of ['suspect', 'failed', 'left'] as const) {
      const { self } = first.membership;
      expect(first.membership.localHealth).toBe(0);
      tell(second, first, { ...self, status, accuser: second.id });
      await mesh.clock.advance(10);
      expect(first.membership.localHealth).toBe(1);
      await mesh.clock.advance(5_000);
      expect(first.membership.self.incarnation).toBeGreaterThan(self.incarnation);
    }
    await mesh.converge();
    expect(givenUpBy(nodes.filter((node) => node !== second))).toEqual(new Set());
  });

  it('about a node itself that is over, or no reproach, gives it no reason to doubt itself', async () => {
    const [first, second] = await mesh.settle(3);
    const { self } = first.membership;
    tell(second, first, {
      ...self,
      incarnation: self.incarnation - 1n,
      status: 'suspect',
      accuser: second.id,
    });
    tell(second, first, { ...self, status: 'alive' });
    await mesh.clock.advance(10);
    expect(first.membership.self.incarnation).toBe(self.incarnation);
    tell(second, first, { ...self, incarnation: self.incarnation + 1n, status: 'alive' });
    await mesh.clock.advance(10);
    expect(first.membership.self.incarnation).toBe(self.incarnation + 2n);
    expect(first.membership.localHealth).toBe(0);
  });

  it('about an impossibly late life is not outdone', async () => {
    const [first, second] = await mesh.settle(3);
    const { self } = first.membership;
    tell(second, first, { ...self, incarnation: 2n ** 64n - 1n, status: 'alive' });
    await mesh.clock.advance(1_000);
    expect(first.membership.self.incarnation).toBe(self.incarnation);
  });

  it('about an impossibly late life of another is neither believed nor passed on', async () => {
    const [first, second, third] = await mesh.settle(3);
    const { self } = third.membership;
    const claim = (by: bigint) =>
      tell(second, first, {
        ...{ ...self, incarnation: self.incarnation + by },
        ...{ status: 'failed', accuser: second.id },
      });
    claim(2n * 86_400_000n);
    await mesh.clock.advance(1_000);
    expect(first.membership.get(third.id)).toEqual(self);
    // What is just believed can still be outdone.
    claim(86_000_000n);
    await mesh.until(() => (first.membership.get(third.id)?.incarnation ?? 0n) > self.incarnation);
    await mesh.converge();
  });

  it('about members that do not exist costs a dial or two each, and a few seconds', async () => {
    const [first, second] = await mesh.settle(3);
    const made = Array.from({ length: 50 }, invented);
    for (const { id } of made) mesh.network.crash(id);
    tell(second, first, ...made);
    await mesh.clock.advance(100);
    expect(first.membership.size).toBe(52);
    // The liar believes nothing of this, and so confirms no suspicion.
    await mesh.until(() => first.membership.size === 2, 30_000);
    expect(first.links.pinned).toHaveLength(2);
  });

  it('cannot fill the table beyond its bound', async () => {
    const [first, second] = await mesh.settle(2, { maxMembers: 20 });
    tell(second, first, ...Array.from({ length: 100 }, invented));
    await mesh.clock.advance(100);
    expect([...first.membership.members()]).toHaveLength(20);
  });

  it('garbage in datagrams and on streams, loses links to them and no member', async () => {
    const nodes = await mesh.settle(5);
    const [victim, , ...others] = nodes;
    const garbler = nodes[1];
    const random = seededRandom(11);
    const writer = new FrameWriter();
    for (let n = 0; n < 400; n++) {
      const kind = FrameKind[kinds[n % kinds.length] as (typeof kinds)[number]];
      const frame = writer.empty().frame(kind, random.bytes(random.integer(80)));
      const link = garbler.links.get(victim.id);
      if (n % 2 === 0) link?.sendDatagram(frame);
      else link?.send(frame);
      await mesh.clock.advance(30);
    }
    expect(mesh.network.failures.length).toBeGreaterThan(20);
    for (const { error } of mesh.network.failures) expect(error).toBeInstanceOf(ProtocolError);
    await mesh.converge(nodes);
    expect(givenUpBy([victim, ...others])).toEqual(new Set());
  });

  it('members with too much metadata, takes none of them', async () => {
    const [first, second, third] = await mesh.settle(3);
    const much = { ...invented(), metadata: { much: 'm'.repeat(600) } };
    tell(second, first, much);
    await mesh.clock.advance(1_000);
    expect(mesh.network.failures.map(({ error }) => error)).toEqual([
      expect.objectContaining({ message: expect.stringContaining('metadata') }),
    ]);
    await mesh.converge([first, second, third]);
    expect(first.membership.get(much.id)).toBeUndefined();
  });
});
