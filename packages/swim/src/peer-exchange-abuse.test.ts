import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Link, type Logger, NodeId, silentLogger } from '@macula/core';
import { FrameKind, FrameWriter } from '@macula/wire';
import { isFullMesh, PeerExchangeMesh, type MeshNode } from '../test/mesh.ts';
import type { MemberStatement } from './member-statement.ts';
import { leaveFrame, memberUpdateFrame, peersFrame } from './membership-frames.ts';

let mesh: PeerExchangeMesh;

beforeEach(() => {
  mesh = new PeerExchangeMesh();
});

afterEach(async () => {
  expect(await mesh.close()).toBe(0);
});

const idOf = (n: number): NodeId =>
  NodeId.fromBytes(Uint8Array.from({ length: 32 }, (_, i) => (i < 2 ? n >> (8 * i) : 7)));

function saying(id: NodeId, changes: Partial<MemberStatement> = {}): MemberStatement {
  return { id, incarnation: 1n, addresses: [], metadata: {}, ...changes };
}

const told = (statements: readonly MemberStatement[]) =>
  statements.map((statement) => ({ statement, suspect: false }));

/** A link to `node` from a peer without any membership of its own. */
async function stranger(node: MeshNode): Promise<Link> {
  const links = mesh.network.node();
  return mesh.clock.complete(links.dial(node.address));
}

const selfOf = (link: Link): NodeId => (link as unknown as { owner: { self: NodeId } }).owner.self;

describe('a peer that misbehaves', () => {
  it.each([
    ['peers', FrameKind.peers],
    ['memberUpdate', FrameKind.memberUpdate],
    ['leave', FrameKind.leave],
  ])('loses its link for a %s frame of garbage, and nobody else is touched', async (_, kind) => {
    const nodes = await mesh.startMany(3);
    await mesh.converge();
    const link = await stranger(nodes[0]!);
    link.send(new FrameWriter().empty().frame(kind, Uint8Array.of(0xff, 0xff, 0xff)));
    await mesh.clock.runUntil(() => link.state === 'closed');
    expect(isFullMesh(nodes)).toBe(true);
    expect(mesh.network.failures).toHaveLength(1);
  });

  it('loses its link when it introduces itself as another', async () => {
    const [node, victim] = await mesh.startMany(2);
    await mesh.converge();
    const link = await stranger(node!);
    link.send(memberUpdateFrame(saying(victim!.id, { metadata: { role: 'liar' } })));
    await mesh.clock.runUntil(() => link.state === 'closed');
    expect(node?.membership.get(victim!.id)?.metadata).toEqual({});
  });

  it('cannot make a node drop, doubt or re-describe a member it has a link to', async () => {
    const [node, victim] = await mesh.startMany(2);
    await mesh.converge();
    const before = node?.membership.get(victim!.id);
    const link = await stranger(node!);
    const lie = saying(victim!.id, {
      incarnation: 2n ** 60n,
      addresses: [{ host: '10.66.66.66', port: 1 }],
    });
    link.send(peersFrame(saying(selfOf(link)), told([lie])));
    link.send(leaveFrame(2n ** 60n));
    await mesh.clock.advance(60_000);
    expect(node?.membership.get(victim!.id)).toEqual(before);
    expect(node?.events.filter((event) => event.endsWith('n1'))).toEqual(['joined n1']);
  });

  it('cannot make members out of thin air, nor keep a node dialling them without end', async () => {
    const node = await mesh.start({ maxMembers: 16, forgetMs: 60_000 });
    const link = await stranger(node);
    const ghosts = Array.from({ length: 200 }, (_, i) =>
      saying(idOf(i), { addresses: [{ host: `10.66.0.${i}`, port: 1 }] }),
    );
    link.send(peersFrame(saying(selfOf(link)), told(ghosts)));
    await mesh.clock.advance(59_000);
    expect([...node.membership.members()]).toHaveLength(1);
    expect(node.membership.get(ghosts[0]!.id)).toBeUndefined();
    expect(node.links.clock.pendingTimers).toBeLessThan(60);
    await mesh.clock.complete(link.close());
    await mesh.clock.advance(80_000);
    expect(node.links.clock.pendingTimers).toBeLessThan(5);
  });

  it('cannot drive the incarnation of a node to its limit', async () => {
    const node = await mesh.start();
    const link = await stranger(node);
    const before = node.membership.self.incarnation;
    const lie = saying(node.id, { incarnation: 2n ** 63n });
    link.send(peersFrame(saying(selfOf(link)), told([lie])));
    await mesh.clock.advance(100);
    expect(node.membership.self.incarnation).toBe(before);
  });
});

describe('the member cap', () => {
  it('refuses further members, says so once, and admits again when there is room', async () => {
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (_, message) => warnings.push(message) };
    const node = await mesh.start({ maxMembers: 3, logger });
    const others: MeshNode[] = [];
    for (let i = 0; i < 5; i++) others.push(await mesh.start({ bootstrap: [node.address] }));
    await mesh.clock.advance(5_000);
    expect([...node.membership.members()]).toHaveLength(3);
    expect(warnings).toEqual([
      'the mesh is full: not admitting further members; raise maxMembers on every node',
    ]);
    const [member] = node.membership.members();
    await mesh.clock.complete(others.find(({ id }) => id.equals(member!.id))!.leave());
    await mesh.clock.advance(120_000);
    expect([...node.membership.members()]).toHaveLength(3);
  });

  it('remembers no more failed members than it may have members', async () => {
    const node = await mesh.start({ maxMembers: 4 });
    for (let round = 0; round < 4; round++) {
      const batch: MeshNode[] = [];
      for (let i = 0; i < 4; i++) batch.push(await mesh.start({ bootstrap: [node.address] }));
      await mesh.clock.runUntil(() => [...node.membership.members()].length === 4);
      for (const { id } of batch) mesh.network.crash(id);
      await mesh.clock.runUntil(() => [...node.membership.members()].length === 0);
    }
    const remembered = mesh.nodes.filter(({ id }) => node.membership.get(id) !== undefined);
    expect(remembered).toHaveLength(4);
  });
});

describe('a full control queue', () => {
  it('delays the introduction, but does not lose it', async () => {
    mesh = new PeerExchangeMesh({ queueBytes: 400, windowBytes: 400, bandwidth: 0.5 });
    const nodes = await mesh.startMany(3);
    await mesh.converge(nodes, 20_000);
    for (let i = 0; i < 10; i++) nodes[0]!.membership.setMetadata({ step: `${i}`.repeat(50) });
    await mesh.clock.runUntil(
      () => nodes[2]!.membership.get(nodes[0]!.id)?.metadata['step'] === '9'.repeat(50),
    );
  });
});
