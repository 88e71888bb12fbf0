import { afterEach, describe, expect, it } from '@jest/globals';
import { DirectoryKey, RequestFailedError } from '@macula/core';
import { FrameKind, KademliaStore, KademliaStored } from '@macula/wire';
import { KademliaCluster, type KademliaNode, texts } from '../../test/kademlia-cluster.ts';
import { testSigner } from '../../test/test-signer.ts';
import { signRecord } from './record.ts';

const key = DirectoryKey.of('test', 'key');
let cluster: KademliaCluster;

async function pair(): Promise<[KademliaNode, KademliaNode]> {
  cluster = new KademliaCluster();
  await cluster.startMany(2);
  await cluster.clock.advance(100);
  return cluster.nodes as [KademliaNode, KademliaNode];
}

afterEach(async () => {
  expect(await cluster.close()).toBe(0);
});

describe('a hostile peer', () => {
  it('gets an error for garbage, and the link lives on', async () => {
    const [a, b] = await pair();
    const link = await cluster.complete(a.links.link(b.id));
    for (let kind = FrameKind.kademliaPing; kind <= FrameKind.kademliaCompare; kind++) {
      for (const body of [Uint8Array.of(255, 255, 255), Uint8Array.of(0x12, 3, 1, 2, 3)]) {
        const answer = cluster.complete(link.request(kind, body)).then(
          () => 'taken',
          (error: unknown) => error,
        );
        const result = await answer;
        // A ping has no second field: protobuf skips what it does not know.
        if (result !== 'taken') expect(result).toBeInstanceOf(RequestFailedError);
      }
    }
    expect(link.state).toBe('open');
    expect(b.directory.state.contacts).toBe(1);
  });

  it('cannot announce, change or withdraw in the name of others', async () => {
    const [a, b] = await pair();
    b.directory.announce(key, Buffer.from('mine'));
    await cluster.until(async () => (await a.directory.lookup(key)).length === 1);
    const [entry] = await cluster.complete(b.directory.lookup(key));
    const mallory = testSigner('mallory');
    const forged = signRecord(mallory, {
      key,
      id: entry?.id ?? '',
      sequence: 99,
      expiresAt: cluster.clock.wallTime() + 60_000,
      withdrawn: true,
      value: new Uint8Array(0),
    }).encoded;
    const inTheNameOfB = { ...forged, publicKey: Buffer.from('public key of 1 1') };
    const link = await cluster.complete(a.links.link(b.id));
    const body = KademliaStore.encode({ addresses: [], records: [inTheNameOfB] }).finish();
    const answer = await cluster.complete(link.request(FrameKind.kademliaStore, body));
    expect(KademliaStored.decode(answer)).toEqual({ taken: 0, refused: 1 });
    expect(texts(await cluster.complete(b.directory.lookup(key)))).toEqual(['mine']);
  });
});
