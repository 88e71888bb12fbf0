import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Link, NodeId } from '@macula/core';
import type { MemoryLinks } from '@macula/testkit';
import { FrameKind, FrameWriter, headerOf, TreeControl_Action } from '@macula/wire';
import { Crowd, type CrowdNode } from '../../test/crowd.ts';
import { pretendedSigner } from '../../test/pretended-signer.ts';
import { writeEventHeader, EventHeaderReader } from '../event-header.ts';
import { type BranchStatus, readStatus, writeControl, writePlace } from '../tree/tree-frames.ts';
import { signPlan, type TreeSigner } from '../tree/tree-plan.ts';
import { memberHash, levelOf, rootHash } from '../tree/tree-proof.ts';

let crowd: Crowd;
let node: CrowdNode;
let signer: TreeSigner;
let peer: MemoryLinks;
let link: Link;
let seen: unknown[];
let statuses: BranchStatus[];
const writer = new FrameWriter();
const share = 3;

beforeEach(async () => {
  crowd = new Crowd();
  node = await crowd.node({ maxTreePlacesPerPublisher: share });
  signer = pretendedSigner(crowd.random.bytes(44));
  peer = crowd.network.node(signer.nodeId);
  link = await crowd.clock.complete(peer.link(node.id));
  seen = [];
  statuses = [];
  peer.handle(FrameKind.treeStatus, (_, frame) => statuses.push(readStatus(headerOf(frame))));
  await node.pubsub.subscribe('a.*', (event) => seen.push(event.payload));
});

afterEach(async () => {
  await crowd.stop();
  expect(node.links.clock.pendingTimers).toBe(0);
});

interface Changes {
  readonly realm?: string;
  readonly alias?: number;
  readonly topic?: string;
  readonly by?: TreeSigner;
  readonly members?: readonly NodeId[];
  readonly root?: Uint8Array;
}

async function assign(changes: Changes = {}) {
  const { realm = 'org.example', alias = 1, topic = 'a.b', by, members, root } = changes;
  const list = members ?? [node.id];
  const hash = memberHash(list, 0, list.length);
  const plan = {
    realm,
    topic,
    epoch: 5n,
    number: 1,
    root: root ?? rootHash([hash]),
    sealed: false,
  };
  const signed = signPlan(by ?? signer, plan);
  const proof = [levelOf(undefined, [hash], 0)];
  const place = writePlace(alias, { ...signed, members: list, proof });
  link.send(writer.empty().frame(FrameKind.tree, place));
  await crowd.clock.advance(20);
}

async function control(action: number): Promise<void> {
  const header = writeControl({ alias: 1, action: action as 1, elsewhere: 0, since: 0 });
  link.send(writer.empty().frame(FrameKind.treeControl, header));
  await crowd.clock.advance(20);
}

async function event(sequence: number, qos = 0): Promise<void> {
  const header = new Uint8Array(64);
  const fields = { ...new EventHeaderReader(), alias: 1, sequence, qos };
  const length = writeEventHeader(header, fields);
  const frame = writer.value([[sequence], null]).frame(FrameKind.treeEvent, header, length);
  link.send(frame);
  await crowd.clock.advance(20);
}

const refusal = { ready: false, lost: [0] };

describe('a place in a tree', () => {
  it('is taken where the publisher has signed it, and brings events', async () => {
    await assign();
    expect(statuses).toMatchObject([{ ready: true, lost: [] }]);
    await control(TreeControl_Action.START);
    await event(1);
    await event(2, 1);
    expect(seen).toEqual([1, 2]);
    expect(statuses.at(-1)).toMatchObject({ acknowledged: 2 });
    expect(node.metrics.value('tree_places')).toBe(1);
    await control(TreeControl_Action.RELEASE);
    expect(node.metrics.value('tree_places')).toBe(0);
    await event(3);
    expect(seen).toEqual([1, 2]);
    expect(node.metrics.value('dropped', 'unknown_alias')).toBe(1);
  });

  it('is taken with word of what has come another way, so that it need not come again', async () => {
    await assign();
    await control(TreeControl_Action.START);
    await event(1, 1);
    await assign();
    expect(statuses.at(-1)).toMatchObject({ ready: true, acknowledged: 1 });
  });

  it('brings nothing before the tree has started', async () => {
    await assign();
    await event(1);
    expect(seen).toEqual([]);
  });

  it.each([
    ['of another realm', { realm: 'org.other' }],
    ['of a topic that nobody here wants', { topic: 'b.b' }],
    ['whose root is another', { root: new Uint8Array(32) }],
  ])('is refused in a tree %s', async (_, changes) => {
    await assign(changes);
    expect(statuses).toMatchObject([refusal]);
    await control(TreeControl_Action.START);
    await event(1);
    expect(seen).toEqual([]);
    expect(node.metrics.value('trees', 'refused')).toBe(1);
  });

  it('is refused from anybody but the parent that the publisher has named', async () => {
    await assign({ by: pretendedSigner(crowd.random.bytes(44)) });
    expect(statuses).toMatchObject([refusal]);
  });

  it('is refused when it is the place of another node', async () => {
    await assign({ members: [NodeId.fromBytes(crowd.random.bytes(32))] });
    expect(statuses).toMatchObject([refusal]);
  });

  it('is refused to a publisher that has its share, and given again to one that has ended another', async () => {
    for (let alias = 1; alias <= share; alias++) await assign({ alias, topic: `a.t${alias}` });
    expect(node.metrics.value('tree_places')).toBe(share);
    await assign({ alias: share + 1, topic: 'a.more' });
    expect(statuses.at(-1)).toMatchObject(refusal);
    expect(node.metrics.value('trees', 'refused')).toBe(1);
    await control(TreeControl_Action.END);
    await assign({ alias: share + 1, topic: 'a.more' });
    expect(node.metrics.value('tree_places')).toBe(share);
    expect(statuses.at(-1)).toMatchObject({ ready: true, lost: [] });
  });

  it('tells who below it cannot be reached', async () => {
    await assign({ members: [node.id, NodeId.fromBytes(crowd.random.bytes(32))] });
    await crowd.clock.advance(2_000);
    expect(statuses.at(-1)).toMatchObject({ ready: true, lost: [1] });
  });

  it.each([
    ['a place that is no message', FrameKind.tree, [0x0a, 99]],
    ['a place without an alias', FrameKind.tree, []],
    ['a control frame that is none', FrameKind.treeControl, [0x19, 1]],
    ['a status without an alias', FrameKind.treeStatus, []],
    ['an event that is none', FrameKind.treeEvent, [0x08]],
    ['an inlet frame that is none', FrameKind.inlet, [0x0a]],
    [
      'a way with an odd number',
      FrameKind.inlet,
      [0x08, 1, 0x10, 1, 0x1a, 32, ...Array(32).fill(1)],
    ],
  ])('costs the link of who sends %s', async (_, kind, header) => {
    link.send(writer.empty().frame(kind, Uint8Array.from(header)));
    await crowd.clock.advance(20);
    expect(link.state).toBe('closed');
  });
});
