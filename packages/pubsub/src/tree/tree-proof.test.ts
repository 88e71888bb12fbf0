import { describe, expect, it } from '@jest/globals';
import { NodeId } from '@macula/core';
import { seededRandom } from '@macula/testkit';
import { pretendedSigner, verifyPretended } from '../../test/pretended-signer.ts';
import { authenticPlan, signPlan } from './tree-plan.ts';
import { levelOf, memberHash, type ProofLevel, provenRoot, rootHash } from './tree-proof.ts';
import { branchRanges, maxBranches, publisherBranches } from './tree-shape.ts';

const random = seededRandom(7);
const members = Array.from({ length: 300 }, () => NodeId.fromBytes(random.bytes(32)));
const tops = branchRanges(0, members.length, publisherBranches);
const topHashes = tops.map(({ start, end }) => memberHash(members, start, end));
const root = rootHash(topHashes);

/** What each member is told, as its parents make it. */
function assignments() {
  const told: { list: NodeId[]; proof: ProofLevel[] }[] = [];
  const visit = (start: number, end: number, proof: ProofLevel[]): void => {
    told.push({ list: members.slice(start, end), proof });
    const ranges = branchRanges(start + 1, end, maxBranches);
    const hashes = ranges.map((range) => memberHash(members, range.start, range.end));
    for (const [index, range] of ranges.entries()) {
      visit(range.start, range.end, [levelOf(members[start], hashes, index), ...proof]);
    }
  };
  for (const [index, { start, end }] of tops.entries()) {
    visit(start, end, [levelOf(undefined, topHashes, index)]);
  }
  return told;
}

describe('the proof of a place', () => {
  it('leads every member to the root that the publisher signs', () => {
    const told = assignments();
    expect(told).toHaveLength(members.length);
    for (const { list, proof } of told) {
      expect(provenRoot(memberHash(list, 0, list.length), proof)).toEqual(root);
    }
  });

  it('does not lead there with another parent, place, or list', () => {
    const { list, proof } = assignments().find((one) => one.proof.length === 2)!;
    const [own, ...above] = proof as [ProofLevel, ...ProofLevel[]];
    const hash = memberHash(list, 0, list.length);
    const stranger = NodeId.fromBytes(random.bytes(32));
    expect(provenRoot(hash, [{ ...own, parent: stranger }, ...above])).not.toEqual(root);
    expect(provenRoot(hash, [{ ...own, position: own.position + 1 }, ...above])).not.toEqual(root);
    expect(provenRoot(memberHash([stranger], 0, 1), proof)).not.toEqual(root);
    expect(provenRoot(hash, above)).not.toEqual(root);
  });

  it('is none where it makes no sense', () => {
    const level: ProofLevel = { parent: undefined, position: 0, siblings: new Uint8Array() };
    const hash = new Uint8Array(32);
    const inner = { ...level, parent: members[0]! };
    expect(provenRoot(hash, [])).toBeUndefined();
    expect(provenRoot(hash, [{ ...level, position: 1 }])).toBeUndefined();
    expect(provenRoot(hash, [{ ...level, siblings: new Uint8Array(31) }])).toBeUndefined();
    expect(provenRoot(hash, [{ ...level, siblings: new Uint8Array(16 * 32) }])).toBeUndefined();
    expect(provenRoot(hash, [inner])).toBeUndefined();
    expect(provenRoot(hash, [level, level])).toBeUndefined();
    expect(provenRoot(hash, [...new Array(16).fill(inner), level])).toBeUndefined();
  });
});

describe('a plan', () => {
  const signer = pretendedSigner(random.bytes(44));
  const content = { realm: 'org.example', topic: 'a.b', epoch: 7n, number: 3, sealed: false, root };

  it('names its publisher, whose signature it needs', () => {
    const signed = signPlan(signer, content);
    const plan = authenticPlan(signed, verifyPretended);
    expect(plan).toMatchObject({
      realm: 'org.example',
      topic: 'a.b',
      epoch: 7n,
      number: 3,
      sealed: false,
    });
    expect(plan?.publisher.key).toBe(signer.nodeId.key);
    expect(authenticPlan({ ...signed, signature: new Uint8Array(64) }, verifyPretended)).toBe(
      undefined,
    );
    const altered = signPlan(signer, { ...content, number: 4 });
    expect(authenticPlan({ ...signed, plan: altered.plan }, verifyPretended)).toBeUndefined();
  });

  it('is none without a topic', () => {
    const nameless = signPlan(signer, { ...content, topic: '' });
    expect(authenticPlan(nameless, verifyPretended)).toBeUndefined();
  });
});
